/// The scheme of a database's URI.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scheme {
    /// A folder on this machine.
    File,
    /// A folder on this machine that Lance treats as an object store, for tests.
    FileObjectStore,
    /// An in-memory database that belongs to one connection.
    Memory,
    /// An in-memory database that belongs to one process.
    SharedMemory,
    /// An object store.
    Bucket(Feature),
    /// LanceDB's own service.
    Service(Feature),
    /// A kind of storage that this crate does not support, with the remedy.
    Foreign(&'static str),
}

/// The cargo feature that a scheme needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Feature {
    pub(super) name: &'static str,
    pub(super) enabled: bool,
}

const AWS: Feature = Feature { name: "aws", enabled: cfg!(feature = "aws") };
const DYNAMODB: Feature = Feature { name: "dynamodb", enabled: cfg!(feature = "dynamodb") };
const AZURE: Feature = Feature { name: "azure", enabled: cfg!(feature = "azure") };
const GCS: Feature = Feature { name: "gcs", enabled: cfg!(feature = "gcs") };
const REMOTE: Feature = Feature { name: "remote", enabled: cfg!(feature = "remote") };

/// The remedy for a scheme that has no specific remedy.
pub(super) const SUPPORTED: &str = "use a path, `memory://`, `s3://`, `gs://`, `az://` or `db://`";

impl Scheme {
    /// Returns the scheme with this lowercase name, or `None` if the name is unknown.
    pub(super) fn of(name: &str) -> Option<Self> {
        Some(match name {
            "file" => Self::File,
            "file-object-store" => Self::FileObjectStore,
            "memory" => Self::Memory,
            "shared-memory" => Self::SharedMemory,
            "s3" => Self::Bucket(AWS),
            "s3+ddb" => Self::Bucket(DYNAMODB),
            "gs" => Self::Bucket(GCS),
            "az" | "abfss" => Self::Bucket(AZURE),
            "db" => Self::Service(REMOTE),
            "s3a" | "s3n" => Self::Foreign("write `s3://`"),
            "gcs" => Self::Foreign("write `gs://`"),
            "azure" | "abfs" | "wasb" | "wasbs" | "adl" => Self::Foreign("write `az://` or `abfss://`"),
            // With `file+uring`, Lance does not check that a version is new, so concurrent writers would overwrite each other.
            "file+uring" => Self::Foreign("write `file://`"),
            "http" | "https" => {
                Self::Foreign("use a path or the URI of an object store; LanceDB's service is `db://NAME`")
            }
            "postgres" | "postgresql" | "mysql" | "mariadb" | "sqlite" | "duckdb" | "redis" | "mongodb"
            | "ftp" | "hdfs" | "hf" | "oss" | "cos" | "tos" | "goosefs" => Self::Foreign(SUPPORTED),
            _ => return None,
        })
    }
}

/// Returns `true` if the name is a valid scheme of a URI (RFC 3986, section 3.1).
pub(super) fn is_valid(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_alphabetic())
        && name.chars().all(|letter| letter.is_ascii_alphanumeric() || "+-.".contains(letter))
}
