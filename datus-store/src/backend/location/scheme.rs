/// The scheme of a URI, as the beginning of a database's URI.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scheme {
    /// A folder of this machine.
    File,
    /// A folder of this machine seen as an object store. Lance has it for tests.
    FileObjectStore,
    /// A database in memory, of one connection.
    Memory,
    /// A database in memory, of one process.
    SharedMemory,
    /// An object store.
    Bucket(Feature),
    /// LanceDB's own service.
    Service(Feature),
    /// Storage that this crate does not open, and the remedy.
    Foreign(&'static str),
}

/// The cargo feature that a scheme needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Feature {
    pub(super) name: &'static str,
    pub(super) enabled: bool,
}

const AWS: Feature = Feature { name: "aws", enabled: cfg!(feature = "aws") };
const AZURE: Feature = Feature { name: "azure", enabled: cfg!(feature = "azure") };
const GCS: Feature = Feature { name: "gcs", enabled: cfg!(feature = "gcs") };
const REMOTE: Feature = Feature { name: "remote", enabled: cfg!(feature = "remote") };

/// The remedy for a scheme without a closer one.
pub(super) const SERVED: &str = "use a path, `memory://`, `s3://`, `gs://`, `az://` or `db://`";

impl Scheme {
    /// The scheme of a name in lower case; `None` for an unknown one.
    pub(super) fn of(name: &str) -> Option<Self> {
        Some(match name {
            "file" => Self::File,
            "file-object-store" => Self::FileObjectStore,
            "memory" => Self::Memory,
            "shared-memory" => Self::SharedMemory,
            // The last one also needs lancedb's feature `dynamodb`, which a program can enable and this crate cannot see.
            "s3" | "s3+ddb" => Self::Bucket(AWS),
            "gs" => Self::Bucket(GCS),
            "az" | "abfss" => Self::Bucket(AZURE),
            "db" => Self::Service(REMOTE),
            "s3a" | "s3n" => Self::Foreign("write `s3://`"),
            "gcs" => Self::Foreign("write `gs://`"),
            "azure" | "abfs" | "wasb" | "wasbs" | "adl" => Self::Foreign("write `az://` or `abfss://`"),
            // Lance commits there without looking whether the version exists, so writers overwrite each other.
            "file+uring" => Self::Foreign("write `file://`"),
            "http" | "https" => {
                Self::Foreign("use a path or the URI of an object store; LanceDB's service is `db://NAME`")
            }
            "postgres" | "postgresql" | "mysql" | "mariadb" | "sqlite" | "duckdb" | "redis" | "mongodb"
            | "ftp" | "hdfs" | "hf" | "oss" | "cos" | "tos" | "goosefs" => Self::Foreign(SERVED),
            _ => return None,
        })
    }
}

/// `true` if a URI can have the scheme (RFC 3986, section 3.1).
pub(super) fn is_valid(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_alphabetic())
        && name.chars().all(|letter| letter.is_ascii_alphanumeric() || "+-.".contains(letter))
}
