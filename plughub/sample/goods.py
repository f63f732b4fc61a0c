"""What the shop sells: tables only. `catalogue.py` makes products of them."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelf:
    """Goods that share a category, a tax class, a parcel and the choices a buyer has."""

    path: str
    ncm: str
    #: Length, width, height in centimetres and weight in kilograms.
    parcel: str
    says: str
    features: tuple[str, ...]
    #: Axis -> codes of its values; every combination is a variant.
    axes: dict[str, str] = field(default_factory=dict)
    attributes: dict[str, str] = field(default_factory=dict)
    #: SKU | name | brand | price and, for some, special price; a dash is no price yet.
    goods: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundle:
    sku: str
    name: str
    price: str
    #: SKU of a product -> how many of it.
    parts: dict[str, int]


#: Axis -> its name and its values by code.
AXES: dict[str, tuple[str, dict[str, str]]] = {
    "cor": (
        "Cor",
        {"PT": "Preto", "BR": "Branco", "AZ": "Azul", "VD": "Verde", "VM": "Vermelho", "CZ": "Cinza", "RS": "Rosa"},
    ),
    "tamanho": ("Tamanho", {"P": "P", "M": "M", "G": "G", "GG": "GG"}),
    "numero": ("Número", {str(size): str(size) for size in range(34, 45)}),
    "cama": ("Cama", {"SO": "Solteiro", "CA": "Casal", "QU": "Queen"}),
    "voltagem": ("Voltagem", {"127V": "127 V", "220V": "220 V"}),
}

#: What some values cost on top.
SURCHARGES = {"GG": 5, "CA": 30, "QU": 60}

SHELVES = (
    Shelf(
        path="Moda > Camisetas", ncm="61091000", parcel="30 22 3 0.20",
        says="Malha de algodão penteado, macia e leve, para usar todos os dias.",
        features=("100% algodão", "Gola com reforço", "Lavar à máquina, ciclo suave"),
        axes={"cor": "PT BR AZ", "tamanho": "P M G"}, attributes={"Material": "Algodão", "Gênero": "Unissex"},
        goods="""
            CAM-LISA | Camiseta lisa | Alvorada | 49.90
            CAM-LIST | Camiseta listrada | Alvorada | 59.90 44.90
            CAM-BOLS | Camiseta com bolso | Alvorada | 64.90
            CAM-POLO | Camisa polo piquê | Serra Clara | 99.90
            CAM-MANG | Camiseta manga longa | Serra Clara | 79.90
            CAM-REGA | Regata de algodão | Alvorada | 39.90 34.90
            CAM-ESTA | Camiseta estampa ipê | Passo Leve | 69.90
        """,
    ),
    Shelf(
        path="Moda > Camisas", ncm="62052000", parcel="35 25 4 0.28",
        says="Corte confortável e tecido que quase não amassa.",
        features=("Algodão com elastano", "Botões reserva", "Pode ir à secadora em baixa temperatura"),
        axes={"cor": "BR AZ", "tamanho": "P M G GG"}, attributes={"Material": "Algodão", "Gênero": "Masculino"},
        goods="""
            CSA-LINH | Camisa de linho | Serra Clara | 189.90
            CSA-SOCI | Camisa social slim | Serra Clara | 159.90 129.90
            CSA-XADR | Camisa xadrez de flanela | Alvorada | 139.90
            CSA-JEAN | Camisa jeans | Alvorada | 149.90
            CSA-MANC | Camisa manga curta | Serra Clara | 119.90
        """,
    ),
    Shelf(
        path="Moda > Calças e bermudas", ncm="62034200", parcel="38 28 5 0.55",
        says="Modelagem reta, cós confortável e bolsos fundos.",
        features=("Sarja com 2% de elastano", "Zíper reforçado"),
        axes={"tamanho": "P M G GG"}, attributes={"Material": "Sarja"},
        goods="""
            CAL-CHIN | Calça chino | Serra Clara | 169.90
            CAL-JEAN | Calça jeans reta | Alvorada | 179.90 149.90
            CAL-MOLE | Calça de moletom | Alvorada | 119.90
            BER-SARJ | Bermuda de sarja | Serra Clara | 109.90
            BER-PRAI | Bermuda de praia | Passo Leve | 89.90 69.90
            CAL-LEGG | Legging de cintura alta | Passo Leve | 99.90
        """,
    ),
    Shelf(
        path="Moda > Vestidos", ncm="62044300", parcel="35 25 4 0.30",
        says="Caimento solto e tecido fresco, do trabalho ao fim de semana.",
        features=("Viscose", "Forro interno", "Lavar à mão"),
        axes={"cor": "PT VM", "tamanho": "P M G"}, attributes={"Material": "Viscose", "Gênero": "Feminino"},
        goods="""
            VES-MIDI | Vestido midi | Jardim de Dora | 199.90
            VES-LONG | Vestido longo floral | Jardim de Dora | 249.90 199.90
            VES-CHEM | Vestido chemise | Jardim de Dora | 219.90
            VES-CURT | Vestido curto evasê | Jardim de Dora | 159.90
            VES-TRIC | Vestido de tricô | Jardim de Dora | -
        """,
    ),
    Shelf(
        path="Moda > Acessórios", ncm="65050090", parcel="20 15 8 0.18",
        says="O detalhe que faltava, feito para durar.",
        features=("Acabamento à mão", "Acompanha saquinho de tecido"),
        goods="""
            ACE-BONE | Boné de sarja | Passo Leve | 59.90
            ACE-CINT | Cinto de couro | Serra Clara | 89.90
            ACE-LENC | Lenço de seda mista | Jardim de Dora | 79.90 59.90
            ACE-CACH | Cachecol de lã | Jardim de Dora | 99.90
            ACE-CHAP | Chapéu de palha | Passo Leve | 119.90
            ACE-MEIA | Meias de algodão, 3 pares | Alvorada | 29.90
            ACE-MOCH | Mochila urbana 18 L | Passo Leve | 189.90
        """,
    ),
    Shelf(
        path="Calçados > Tênis", ncm="64041100", parcel="33 22 12 0.90",
        says="Solado leve com bom amortecimento, palmilha removível.",
        features=("Cabedal respirável", "Solado de borracha"),
        axes={"numero": "37 38 39 40 41"}, attributes={"Gênero": "Unissex"},
        goods="""
            TEN-CORR | Tênis de corrida Vento | Passo Leve | 299.90 249.90
            TEN-CAMI | Tênis de caminhada Trilha | Passo Leve | 259.90
            TEN-CASU | Tênis casual de lona | Andarilho | 149.90
            TEN-COUR | Tênis de couro | Andarilho | 329.90
            TEN-CANO | Tênis cano alto | Andarilho | 219.90
            TEN-TREI | Tênis de treino Impulso | Passo Leve | 279.90
            TEN-SLIP | Tênis slip-on | Andarilho | 129.90 99.90
        """,
    ),
    Shelf(
        path="Calçados > Sandálias", ncm="64029990", parcel="30 20 10 0.50",
        says="Tiras macias e palmilha anatômica.",
        features=("Antiderrapante", "Pode molhar"),
        axes={"numero": "35 36 37 38"}, attributes={"Gênero": "Feminino"},
        goods="""
            SAN-RAST | Sandália rasteira | Andarilho | 89.90
            SAN-PAPE | Sandália papete | Andarilho | 139.90
            SAN-ANAB | Sandália anabela | Jardim de Dora | 169.90 139.90
            SAN-CHIN | Chinelo de borracha | Passo Leve | 39.90
            SAN-TRAN | Sandália de tranças | Jardim de Dora | 129.90
        """,
    ),
    Shelf(
        path="Casa > Banho", ncm="63026000", parcel="35 30 8 0.60",
        says="Fio duplo que seca bem e não solta pelos.",
        features=("100% algodão", "450 g/m²"), attributes={"Material": "Algodão"},
        goods="""
            BAN-TOAL | Toalha de banho gigante | Casa Ipê | 69.90
            BAN-ROST | Toalha de rosto | Casa Ipê | 29.90
            BAN-JOGO | Jogo de toalhas, 4 peças | Casa Ipê | 149.90 119.90
            BAN-PISO | Toalha de piso | Casa Ipê | 34.90
            BAN-ROUP | Roupão felpudo | Casa Ipê | 199.90
            BAN-TAPE | Tapete de banheiro | Casa Ipê | 59.90
            BAN-CORT | Cortina de box | Casa Ipê | 79.90
        """,
    ),
    Shelf(
        path="Casa > Roupa de cama", ncm="63023100", parcel="40 35 12 1.40",
        says="Percal de 200 fios, fresco no verão e aconchegante no inverno.",
        features=("100% algodão", "Elástico em toda a volta"),
        axes={"cama": "SO CA QU"}, attributes={"Fios": "200"},
        goods="""
            CMA-LENC | Jogo de lençol | Casa Ipê | 159.90
            CMA-EDRE | Edredom | Casa Ipê | 249.90 219.90
            CMA-COBE | Cobertor de microfibra | Casa Ipê | 119.90
            CMA-PROT | Protetor de colchão | Casa Ipê | 99.90
            CMA-COLC | Colcha matelassê | Casa Ipê | 229.90
        """,
    ),
    Shelf(
        path="Casa > Decoração", ncm="69139000", parcel="25 25 25 1.10",
        says="Peça de ateliê: cada uma sai um pouco diferente da outra.",
        features=("Feito à mão", "Limpar com pano seco"),
        goods="""
            DEC-VASO | Vaso de cerâmica | Barro Vivo | 89.90
            DEC-VELA | Vela aromática de capim-limão | Barro Vivo | 49.90
            DEC-QUAD | Quadro botânico 30 x 40 cm | Traço Fino | 119.90 99.90
            DEC-ESPE | Espelho redondo 50 cm | Traço Fino | 189.90
            DEC-ALMO | Almofada de crochê | Casa Ipê | 79.90
            DEC-LUMI | Luminária de mesa | Traço Fino | 159.90
            DEC-CEST | Cesto de fibra natural | Barro Vivo | 109.90
        """,
    ),
    Shelf(
        path="Cozinha > Panelas e formas", ncm="76151000", parcel="35 35 18 2.20",
        says="Calor uniforme e limpeza fácil, para o fogão de todo dia.",
        features=("Alumínio com antiaderente", "Cabo que não esquenta"),
        goods="""
            PAN-FRIG | Frigideira 24 cm | Fogo Brando | 89.90
            PAN-CACA | Caçarola 20 cm | Fogo Brando | 139.90
            PAN-JOGO | Jogo de panelas, 5 peças | Fogo Brando | 399.90 349.90
            PAN-PRES | Panela de pressão 4,5 L | Fogo Brando | 179.90
            PAN-BOLO | Forma de bolo com furo | Fogo Brando | 39.90
            PAN-ASSA | Assadeira retangular | Fogo Brando | 49.90
            PAN-FERR | Panela de ferro 3 L | Fogo Brando | 229.90
        """,
    ),
    Shelf(
        path="Cozinha > Mesa posta", ncm="69120000", parcel="30 30 15 1.60",
        says="Cerâmica esmaltada que vai ao forno, ao micro-ondas e à mesa.",
        features=("Vai à lava-louças", "Esmalte sem chumbo"),
        goods="""
            MES-XICA | Xícara de café 90 ml | Barro Vivo | 24.90
            MES-PRAT | Prato raso 26 cm | Barro Vivo | 39.90
            MES-TIGE | Tigela 500 ml | Barro Vivo | 34.90
            MES-BULE | Bule 800 ml | Barro Vivo | 99.90 84.90
            MES-JOGO | Aparelho de jantar, 20 peças | Barro Vivo | 499.90
            MES-COPO | Copos de vidro, 6 unidades | Barro Vivo | 59.90
            MES-TALH | Talheres de inox, 24 peças | Fogo Brando | 199.90
        """,
    ),
    Shelf(
        path="Cozinha > Eletroportáteis", ncm="85094050", parcel="30 22 40 2.80",
        says="Potência de sobra e peças que vão à lava-louças.",
        features=("Selo de eficiência A", "Cabo de 1,2 m"),
        axes={"voltagem": "127V 220V"}, attributes={"Garantia": "12 meses"},
        goods="""
            ELE-LIQU | Liquidificador 900 W | Faísca | 189.90
            ELE-BATE | Batedeira 400 W | Faísca | 229.90 199.90
            ELE-CAFE | Cafeteira de filtro | Faísca | 159.90
            ELE-SAND | Sanduicheira | Faísca | 99.90
            ELE-FRIT | Fritadeira sem óleo 4 L | Faísca | 399.90 329.90
            ELE-CHAL | Chaleira elétrica 1,7 L | Faísca | 119.90
        """,
    ),
    Shelf(
        path="Esporte > Treino", ncm="95069100", parcel="40 20 15 1.50",
        says="Para treinar em casa sem ocupar a sala inteira.",
        features=("Antiderrapante", "Fácil de guardar"),
        goods="""
            ESP-HALT | Halteres emborrachados 2 kg, par | Fôlego | 79.90
            ESP-CORD | Corda de pular | Fôlego | 29.90
            ESP-TAPE | Tapete de ioga | Fôlego | 99.90 79.90
            ESP-FAIX | Faixas elásticas, 5 níveis | Fôlego | 49.90
            ESP-BOLA | Bola de pilates 65 cm | Fôlego | 69.90
            ESP-TOAL | Toalha esportiva de secagem rápida | Fôlego | 39.90
            ESP-ROLO | Rolo de liberação muscular | Fôlego | 89.90
        """,
    ),
    Shelf(
        path="Esporte > Garrafas", ncm="96170010", parcel="28 9 9 0.40",
        says="Parede dupla de aço: gelada por 24 horas, quente por 12.",
        features=("Aço inoxidável", "Livre de BPA"),
        axes={"cor": "PT AZ RS"}, attributes={"Material": "Aço inoxidável"},
        goods="""
            GAR-500 | Garrafa térmica 500 ml | Fôlego | 79.90
            GAR-750 | Garrafa térmica 750 ml | Fôlego | 99.90 84.90
            GAR-COPO | Copo térmico 350 ml | Fôlego | 69.90
            GAR-INFA | Garrafa infantil 300 ml | Fôlego | 59.90
        """,
    ),
    Shelf(
        path="Eletrônicos > Celular", ncm="85177900", parcel="18 10 4 0.15",
        says="Compatível com a maioria dos aparelhos.",
        features=("Cabo incluso", "Garantia de 6 meses"),
        goods="""
            CEL-CARR | Carregador USB-C 20 W | Faísca | 79.90
            CEL-CABO | Cabo USB-C 2 m | Faísca | 34.90
            CEL-POWE | Bateria portátil 10.000 mAh | Faísca | 129.90 109.90
            CEL-FONE | Fone de ouvido sem fio | Faísca | 149.90
            CEL-SUPO | Suporte veicular | Faísca | 49.90
            CEL-TRIP | Tripé com controle | Faísca | -
        """,
    ),
    Shelf(
        path="Eletrônicos > Computador", ncm="84716053", parcel="25 15 6 0.35",
        says="Liga e usa: não precisa instalar nada.",
        features=("USB", "Garantia de 12 meses"),
        axes={"cor": "PT CZ"},
        goods="""
            COM-MOUS | Mouse sem fio | Teclar | 59.90
            COM-TECL | Teclado compacto | Teclar | 129.90
            COM-HUB | Hub USB-C, 5 portas | Teclar | 149.90 129.90
            COM-SUPO | Suporte de notebook | Teclar | 99.90
            COM-PAD | Mouse pad grande | Teclar | 39.90
            COM-WEBC | Webcam Full HD | Teclar | 179.90
        """,
    ),
    Shelf(
        path="Livros > Ficção", ncm="49019900", parcel="21 14 2 0.35",
        says="Edição brochura, papel amarelado que cansa menos a vista.",
        features=("Português", "Brochura"), attributes={"Idioma": "Português"},
        goods="""
            LIV-RIO | O rio que voltava | Editora Clarabóia | 49.90
            LIV-FARO | A última luz do farol | Editora Clarabóia | 54.90 39.90
            LIV-TREM | Trem das onze estações | Editora Clarabóia | 59.90
            LIV-CASA | A casa de duas portas | Editora Clarabóia | 44.90
            LIV-SERT | Cartas do sertão | Editora Clarabóia | 39.90
            LIV-MAPA | O mapa dos dias perdidos | Editora Clarabóia | -
        """,
    ),
    Shelf(
        path="Livros > Infantil", ncm="49030000", parcel="25 25 1 0.40",
        says="Ilustrado em todas as páginas, capa dura.",
        features=("A partir de 3 anos", "Capa dura"), attributes={"Idioma": "Português"},
        goods="""
            INF-ONCA | A onça que não sabia dormir | Editora Pipa | 39.90
            INF-LUA | Uma escada para a lua | Editora Pipa | 44.90
            INF-CHUV | O menino da chuva | Editora Pipa | 34.90 29.90
            INF-BICH | Bichos do quintal | Editora Pipa | 49.90
        """,
    ),
)  # fmt: skip

KITS = (
    Bundle(sku="KIT-CAFE", name="Kit café da manhã", price="179.90", parts={"MES-BULE": 1, "MES-XICA": 4}),
    Bundle(sku="KIT-LEIT", name="Kit leitura", price="119.90", parts={"LIV-RIO": 1, "LIV-TREM": 1, "DEC-VELA": 1}),
    Bundle(sku="KIT-BANH", name="Kit banho completo", price="189.90", parts={"BAN-TOAL": 2, "BAN-ROST": 2}),
    Bundle(sku="KIT-CORR", name="Kit corrida", price="129.90", parts={"GAR-750": 1, "ESP-TOAL": 1}),
    Bundle(sku="KIT-HOME", name="Kit escritório em casa", price="139.90", parts={"COM-MOUS": 1, "COM-PAD": 1}),
    Bundle(sku="KIT-DUPL", name="Kit duas camisetas e boné", price="139.90", parts={"CAM-LISA": 2, "ACE-BONE": 1}),
)
