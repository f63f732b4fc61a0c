"""What customers write and what they are answered: tables only. `messages.py` makes conversations of them."""

from dataclasses import dataclass

from plughub.core.messages import Kind, Priority, Status
from plughub.core.orders import OrderStatus

_O, _K, _P = OrderStatus, Kind, Priority


@dataclass(frozen=True, slots=True, kw_only=True)
class Talk:
    subject: str
    kind: Kind
    priority: Priority
    #: An order in this status, or the SKU of a product; None is about neither.
    about: OrderStatus | str | None
    #: Hours since the word before | who | what | attachments of some.
    said: str
    #: How it was left, where that is not what the last word says.
    left: Status | None = None
    tags: str | None = None
    copy_emails: str | None = None


TALKS = (
    Talk(
        subject="Quando chega meu pedido?", kind=_K.QUESTION, priority=_P.NORMAL, about=_O.SHIPPED,
        left=Status.CLOSED, tags="entrega",
        said="""
            0 | customer | Olá! O rastreio não muda há dois dias. Ainda chega nesta semana?
            3 | seller | Olá! O pacote saiu do centro de distribuição ontem e a entrega está prevista até sexta-feira.
            1 | customer | Perfeito, muito obrigado!
        """,
    ),
    Talk(
        subject="Produto chegou com defeito", kind=_K.PROBLEM, priority=_P.HIGH, about=_O.DELIVERED,
        tags="troca,garantia",
        said="""
            0 | customer | Boa tarde, o produto veio com um risco grande na lateral. Segue a foto. | risco.jpg
            5 | seller | Sentimos muito! Pode enviar também uma foto da embalagem e da etiqueta?
            2 | customer | Claro, aqui estão. | embalagem.jpg etiqueta.jpg
        """,
    ),
    Talk(
        subject="Recebi o item errado", kind=_K.PROBLEM, priority=_P.URGENT, about=_O.DELIVERED, tags="troca",
        said="""
            0 | external | Comprei um modelo e veio outro. É presente e preciso até sábado!
            1 | seller | Desculpe! O item certo sai hoje por envio expresso; a coleta do outro é por nossa conta.
        """,
    ),
    Talk(
        subject="Código de rastreio recusado", kind=_K.INCIDENT, priority=_P.URGENT, about=_O.DISPATCH_FAILED,
        tags="canal",
        said="0 | external | O código de rastreio informado não foi encontrado na transportadora. Corrija em até 24 h.",
    ),
    Talk(
        subject="CPF na nota fiscal", kind=_K.TASK, priority=_P.NORMAL, about=_O.PAID, left=Status.CLOSED,
        tags="nota fiscal",
        said="""
            0 | customer | Podem emitir a nota no CPF do meu marido? Envio os dados por aqui.
            2 | seller | Podemos, sim. Já está alterado; a nota sai com o novo CPF.
        """,
    ),
    Talk(
        subject="Troca de endereço", kind=_K.QUESTION, priority=_P.LOW, about=_O.INVOICED,
        said="""
            0 | customer | Ainda dá tempo de trocar o número do apartamento? Coloquei 12 e é 21.
            4 | seller | Avisamos a transportadora: o entregador procura pelo apartamento 21.
        """,
    ),
    Talk(
        subject="Pagamento em análise", kind=_K.INCIDENT, priority=_P.HIGH, about=_O.ON_HOLD, tags="pagamento",
        said="""
            0 | customer | Meu cartão já foi cobrado, mas o pedido continua em análise.
            6 | seller | O canal pediu uma conferência de segurança; costuma levar um dia útil.
            9 | customer | Já passou um dia. Alguma novidade?
        """,
    ),
    Talk(
        subject="Prazo de entrega em risco", kind=_K.WARNING, priority=_P.HIGH, about=_O.SHIPPED, tags="canal,entrega",
        said="0 | external | A entrega prevista para este pedido está em risco. Acompanhe com a transportadora.",
    ),
    Talk(
        subject="Nota fiscal pendente", kind=_K.WARNING, priority=_P.NORMAL, about=_O.AWAITING_INVOICE,
        left=Status.CLOSED, tags="canal,nota fiscal",
        said="""
            0 | external | Falta a nota fiscal deste pedido.
            1 | seller | A emissão está na fila da SEFAZ; enviamos assim que for autorizada.
        """,
    ),
    Talk(
        subject="Como faço para trocar o tamanho?", kind=_K.QUESTION, priority=_P.NORMAL, about=_O.DELIVERED,
        tags="troca",
        said="""
            0 | customer | Ficou apertado. Vocês trocam por um tamanho maior?
            2 | seller | Trocamos, sim, em até 30 dias. Qual tamanho você prefere?
            20 | customer | Um número acima, por favor.
            1 | seller | Reservado! A etiqueta de devolução está anexa. | etiqueta-devolucao.pdf
        """,
    ),
    Talk(
        subject="Segunda via da nota fiscal", kind=_K.TASK, priority=_P.LOW, about=_O.DELIVERED, left=Status.CLOSED,
        tags="nota fiscal", copy_emails="financeiro@correio.example,contador@correio.example",
        said="""
            0 | customer | Preciso da segunda via da nota em PDF para o reembolso da empresa.
            7 | seller | Segue anexa. | danfe.pdf
        """,
    ),
    Talk(
        subject="Falta um volume", kind=_K.PROBLEM, priority=_P.NORMAL, about=_O.PARTLY_DELIVERED, tags="entrega",
        said="""
            0 | customer | Chegou só uma das duas caixas.
            3 | seller | A segunda saiu um dia depois e está a caminho; o código de rastreio está no pedido.
            30 | customer | O rastreio da segunda caixa diz "entregue", mas aqui não chegou nada.
        """,
    ),
    Talk(
        subject="Endereço não encontrado", kind=_K.PROBLEM, priority=_P.HIGH, about=_O.SHIPPED, tags="entrega",
        said="""
            0 | external | A transportadora não localizou o endereço. Confirme um ponto de referência.
            2 | seller | Falamos com quem comprou: casa de portão verde ao lado da padaria. Nova tentativa amanhã.
        """,
    ),
    Talk(
        subject="O boleto ainda vale?", kind=_K.QUESTION, priority=_P.NORMAL, about=_O.PENDING, tags="pagamento",
        said="""
            0 | customer | O boleto vence hoje. Posso pagar à noite?
            0.5 | seller | Pode, sim: vale até as 23h59.
        """,
    ),
    Talk(
        subject="Pix não confirmou", kind=_K.PROBLEM, priority=_P.URGENT, about=_O.PENDING, tags="pagamento",
        said="0 | customer | Fiz o Pix agora e o pedido ainda diz aguardando pagamento. | comprovante.png",
    ),
    Talk(
        subject="Estorno não apareceu na fatura", kind=_K.INCIDENT, priority=_P.URGENT, about=_O.CANCELED,
        tags="pagamento,estorno",
        said="""
            0 | customer | Cancelei o pedido e o estorno ainda não apareceu no cartão.
            8 | seller | O estorno foi pedido no mesmo dia; depende da data de fechamento da fatura.
            40 | customer | A fatura fechou hoje e nada. Podem mandar o comprovante?
        """,
    ),
    Talk(
        subject="Cancelar antes do envio", kind=_K.TASK, priority=_P.URGENT, about=_O.DISPATCHED,
        said="""
            0 | customer | Comprei em duplicidade, dá para cancelar este?
            1 | seller | Ele já estava etiquetado. Recuse na entrega, que o valor volta assim que o pacote chegar aqui.
        """,
    ),
    Talk(
        subject="Erro na emissão da nota", kind=_K.WARNING, priority=_P.LOW, about=_O.INVOICE_FAILED,
        tags="nota fiscal",
        said="0 | external | Nota rejeitada: NCM incompatível com o produto.",
    ),
    Talk(
        subject="Qual é a composição do tecido?", kind=_K.QUESTION, priority=_P.NORMAL, about="CAM-LISA",
        said="""
            0 | customer | É 100% algodão mesmo ou tem poliéster?
            0.3 | seller | Olá! É 100% algodão penteado, fio 30.
        """,
    ),
    Talk(
        subject="Cabe na bagagem de mão?", kind=_K.QUESTION, priority=_P.LOW, about="GAR-500",
        said="0 | customer | Qual é a altura da garrafa com a tampa?",
    ),
    Talk(
        subject="O kit vem embalado para presente?", kind=_K.QUESTION, priority=_P.NORMAL, about="KIT-CAFE",
        left=Status.CLOSED,
        said="""
            0 | customer | Quero dar de presente. Vem em caixa?
            1 | seller | Vem em caixa de papelão com fita, e o cartão é cortesia.
            0.2 | customer | Que bom, vou comprar!
        """,
    ),
    Talk(
        subject="Desconto para 50 unidades", kind=_K.QUESTION, priority=_P.HIGH, about="GAR-750", tags="atacado",
        said="""
            0 | customer | Somos uma academia e queremos 50 garrafas com a nossa marca. Há preço especial?
            18 | seller | Há, sim! A partir de 30 unidades é preço de atacado. Com gravação, mais sete dias de prazo.
            3 | customer | Ótimo. Podem enviar uma proposta formal?
        """,
    ),
    Talk(
        subject="Foto diferente da descrição", kind=_K.PROBLEM, priority=_P.LOW, about="TEN-CAMI", left=Status.CLOSED,
        tags="anúncio",
        said="""
            0 | customer | A foto mostra sola branca e o texto diz sola preta.
            26 | seller | Obrigado por avisar: a foto certa já está no anúncio. A sola é preta.
        """,
    ),
    Talk(
        subject="Avisar quando voltar ao estoque", kind=_K.TASK, priority=_P.NORMAL, about="ELE-FRIT", tags="estoque",
        said="""
            0 | customer | Quando volta a de 220 V?
            5 | seller | A próxima remessa chega em dez dias; avisamos por aqui.
            90 | customer | Já chegou?
        """,
    ),
    Talk(
        subject="Vocês têm loja física?", kind=_K.QUESTION, priority=_P.LOW, about=None,
        said="""
            0 | customer | Moro perto do centro. Posso retirar na loja?
            2 | seller | Pode! Escolha "retirar na loja" ao fechar o pedido; fica pronto em uma hora.
        """,
    ),
)  # fmt: skip
