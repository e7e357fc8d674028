-- The store's tables as of version 4 (PRAGMA user_version). docs/store.md tells the rules that hold between
-- these rows and the directories beside them. A change here goes with a numbered step in migrations.cc.

-- A layer exists if and only if its row does; its files are in layers/KEY/.
CREATE TABLE layers (
    key      TEXT PRIMARY KEY NOT NULL,   -- hex of the DiffID; of the ChainID where it depends
    diff_id  TEXT NOT NULL,               -- "sha256:..." of the uncompressed tar
    size     INTEGER NOT NULL,            -- bytes of its regular files
    entries  INTEGER NOT NULL,            -- files, directories, links, whiteouts
    disk     INTEGER,                     -- bytes on disk as du counts; NULL: not counted yet
    depends  INTEGER NOT NULL DEFAULT 0,  -- 1: its files depend on the layers below it
    opaque   INTEGER NOT NULL DEFAULT 0   -- 1: nothing of the layers below it is seen
) STRICT, WITHOUT ROWID;

-- Bytes kept exactly as a registry sent them: blobs/ALGORITHM/HEX.
CREATE TABLE blobs (
    digest  TEXT PRIMARY KEY NOT NULL,
    size    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE images (
    id               TEXT PRIMARY KEY NOT NULL,  -- sha256 of the config, 64 hex digits
    manifest_digest  TEXT NOT NULL,              -- '' for an imported directory
    created_at       INTEGER NOT NULL,           -- seconds since the epoch
    size             INTEGER NOT NULL DEFAULT 0  -- sum of its layers' sizes, each layer once
) STRICT, WITHOUT ROWID;

-- Apart from images, as a list of images reads all rows of that table.
CREATE TABLE configs (
    image_id  TEXT PRIMARY KEY NOT NULL REFERENCES images (id) ON DELETE CASCADE,
    json      TEXT NOT NULL                      -- the OCI image configuration, whole
) STRICT, WITHOUT ROWID;

CREATE TABLE image_layers (
    image_id   TEXT NOT NULL REFERENCES images (id) ON DELETE CASCADE,
    position   INTEGER NOT NULL,                 -- 0 is the lowest
    layer_key  TEXT NOT NULL REFERENCES layers (key),
    PRIMARY KEY (image_id, position)
) STRICT, WITHOUT ROWID;
CREATE INDEX image_layers_by_layer ON image_layers (layer_key);

CREATE TABLE image_blobs (
    image_id  TEXT NOT NULL REFERENCES images (id) ON DELETE CASCADE,
    digest    TEXT NOT NULL REFERENCES blobs (digest),
    PRIMARY KEY (image_id, digest)
) STRICT, WITHOUT ROWID;
CREATE INDEX image_blobs_by_blob ON image_blobs (digest);

CREATE TABLE names (
    name             TEXT PRIMARY KEY NOT NULL,  -- whole: "docker.io/library/fedora:latest"
    image_id         TEXT NOT NULL REFERENCES images (id) ON DELETE CASCADE,
    remote_digest    TEXT,                       -- what the registry's tag meant when it was pulled
    remote_platform  TEXT                        -- and for which platform; NULL: not pulled
) STRICT, WITHOUT ROWID;
CREATE INDEX names_by_image ON names (image_id);

CREATE TABLE containers (
    id          TEXT PRIMARY KEY NOT NULL,       -- random, 64 hex digits
    name        TEXT UNIQUE,                     -- NULL where none was given
    image_id    TEXT REFERENCES images (id),     -- NULL: made from a directory or the host
    root        TEXT NOT NULL,                   -- what it was made from, as typed
    command     TEXT NOT NULL,                   -- for people
    created_at  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX containers_by_image ON containers (image_id);

-- What a container's root is stacked of, where that is more than one image or directory (then its image_id is NULL).
CREATE TABLE container_roots (
    container_id  TEXT NOT NULL REFERENCES containers (id) ON DELETE CASCADE,
    position      INTEGER NOT NULL,              -- 0 is the uppermost
    image_id      TEXT REFERENCES images (id),   -- NULL: a directory
    directory     TEXT NOT NULL,                 -- its path; '' for an image
    PRIMARY KEY (container_id, position)
) STRICT, WITHOUT ROWID;
CREATE INDEX container_roots_by_image ON container_roots (image_id);

-- Networks with a bridge of the host. That of the name "dens" comes with the first container in it.
CREATE TABLE networks (
    name        TEXT PRIMARY KEY NOT NULL,
    bridge      TEXT NOT NULL UNIQUE,            -- the host's interface: "mincbr0"
    subnet4     TEXT NOT NULL,                   -- "192.168.139.0/24"
    subnet6     TEXT NOT NULL,                   -- "fd12:3456:789a::/64"
    internal    INTEGER NOT NULL DEFAULT 0,      -- 1: nothing of it gets out
    last        INTEGER NOT NULL DEFAULT 1,      -- the number that was given last
    created_at  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Addresses of containers that run, in both subnets of a network. No reference to containers: one that goes with its
-- command has no row there, and one in a directory of its own never has.
CREATE TABLE leases (
    container_id  TEXT PRIMARY KEY NOT NULL,
    network       TEXT NOT NULL REFERENCES networks (name),
    number        INTEGER NOT NULL,              -- the address's; 1 is the host's
    names         TEXT NOT NULL,                 -- in the hosts file, separated by blanks
    directory     TEXT NOT NULL,                 -- the container's: its lock tells whether it lives
    UNIQUE (network, number)
) STRICT, WITHOUT ROWID;
