-- Whom the console knows: a browser that a person signed in with. Known by keyed hash, like every token.

CREATE TABLE sessions (
    hash bytea PRIMARY KEY,
    user_id uuid NOT NULL REFERENCES users,
    created_at timestamptz NOT NULL,
    -- Moved at most every few minutes; a session that rests too long is over.
    seen_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    -- So that people recognise their own.
    address text NOT NULL,
    agent text NOT NULL
);
CREATE INDEX sessions_by_user ON sessions (user_id);
CREATE INDEX sessions_by_expiry ON sessions (expires_at);

-- What a person chose of the console's looks: columns of lists and the like.
ALTER TABLE users ADD COLUMN choices json NOT NULL DEFAULT '{}';

GRANT SELECT, INSERT, UPDATE, DELETE ON sessions TO plughub_app;
