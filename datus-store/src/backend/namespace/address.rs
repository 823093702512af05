//! The address of a namespace, which is checked before anything is contacted or created.

use std::collections::HashMap;

use url::Url;

use super::properties::{self, Implementation};
use crate::backend::location::{Created, Location};
use crate::backend::{check_table_name, storage_options};
use crate::error::{Error, ErrorKind, Result};

/// The address of a namespace, as passed by the caller.
pub(crate) struct NamespaceAddress {
    /// The name of the implementation: `dir` or `rest`.
    pub(crate) implementation: String,
    pub(crate) properties: Vec<(String, String)>,
    /// The names of the nested namespaces, outermost first. It is empty for the root.
    pub(crate) path: Vec<String>,
}

/// A checked address.
pub(in crate::backend) struct CheckedAddress {
    pub(in crate::backend) location: Location,
    pub(in crate::backend) created: Created,
    pub(super) implementation: Implementation,
    /// The properties for lancedb. For `dir`, they include the storage options.
    pub(super) properties: HashMap<String, String>,
    /// The storage options, including those in the properties.
    pub(in crate::backend) storage: Vec<(String, String)>,
    pub(super) path: Vec<String>,
}

impl CheckedAddress {
    /// Checks an address. Creates the folder of a `dir` namespace on this machine.
    ///
    /// # Errors
    /// `Unsupported` for an unknown implementation, a storage location that a `dir` namespace cannot use, or a cargo feature
    /// that is off; `InvalidInput` for an invalid property or name. No message contains the value of a property.
    pub(in crate::backend) fn new(address: NamespaceAddress, storage: &[(String, String)]) -> Result<Self> {
        let NamespaceAddress { implementation, properties, path } = address;
        let implementation = Implementation::of(&implementation)?;
        let mut properties: HashMap<String, String> = properties.into_iter().collect();
        properties::check(implementation, &properties)?;
        path.iter().try_for_each(|name| check_name(name))?;
        let mut storage = storage.to_vec();
        let (location, created) = match implementation {
            Implementation::Dir => {
                let of_storage = |(name, value): (&String, &String)| {
                    Some((name.strip_prefix(properties::STORAGE)?.to_owned(), value.clone()))
                };
                storage.extend(properties.iter().filter_map(of_storage));
                storage_options::check(&storage)?;
                if !path.is_empty() && properties::is_off(&properties, "manifest_enabled") {
                    let message =
                        "a namespace `dir` with `manifest_enabled` off does not support nested namespaces";
                    return Err(Error::new(ErrorKind::Unsupported, message)
                        .with_help("leave out the property `manifest_enabled`"));
                }
                let opened = root(properties::required(implementation, &properties)?)?;
                properties.insert("root".to_owned(), opened.0.uri().to_owned());
                properties.extend(
                    storage
                        .iter()
                        .map(|(name, value)| (format!("{}{name}", properties::STORAGE), value.clone())),
                );
                opened
            }
            Implementation::Rest => {
                storage_options::check(&storage)?;
                let uri = server(properties::required(implementation, &properties)?)?;
                let location = Location::of_server(&uri);
                properties.insert("uri".to_owned(), uri);
                (location, Created::default())
            }
        };
        Ok(Self { location, created, implementation, properties, storage, path })
    }

    /// Returns the values that no error message may contain.
    pub(super) fn secrets(&self) -> impl Iterator<Item = &str> {
        let properties = self.properties.iter().filter(|(name, _)| properties::is_secret(name));
        let properties = properties.map(|(_, value)| value.as_str());
        properties.chain(self.storage.iter().map(|(_, value)| value.as_str()))
    }
}

fn check_name(name: &str) -> Result<()> {
    check_table_name(name).map_err(|_| {
        let message = format!("a namespace cannot have the name `{}`", name.escape_debug());
        Error::new(ErrorKind::InvalidInput, message).with_help(
            "use 1 to 128 ASCII letters, digits, `-`, `_` and `.` for each name of `.namespace([…])`",
        )
    })
}

/// Opens the location of a `dir` namespace.
fn root(text: &str) -> Result<(Location, Created)> {
    let (location, created) = Location::open(text.as_ref())?;
    let (storage, help) = match &location {
        location if location.in_memory() => {
            ("memory://", "use a folder, or `shared-memory://NAME`, whose tables all connections share")
        }
        location if location.is_service() => ("db://", "connect to the service with `Database::connect`"),
        location if location.commits_elsewhere() => ("s3+ddb://", "use `s3://` with conditional writes"),
        _ => return Ok((location, created)),
    };
    let message = format!("a namespace `dir` cannot have its root at `{storage}`");
    Err(Error::new(ErrorKind::Unsupported, message).with_help(help))
}

/// Returns the normalized URI of a server.
fn server(text: &str) -> Result<String> {
    let invalid = |message: &str, help: &'static str| {
        Error::new(ErrorKind::InvalidInput, format!("the property `uri` of the namespace `rest` {message}"))
            .with_help(help)
    };
    let form = "write `http://HOST:PORT` or `https://HOST`";
    // The source of this error could contain the URI.
    let url = Url::parse(text.trim()).map_err(|_| invalid("is not a URI", form))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(invalid("is not an HTTP URI", form));
    }
    if url.password().is_some() || !url.username().is_empty() {
        return Err(invalid("cannot contain credentials", "set the property `header.Authorization`"));
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(invalid("cannot have a query or a fragment", form));
    }
    Ok(url.as_str().trim_end_matches('/').to_owned())
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    fn checked(implementation: &str, properties: &[(&str, &str)], path: &[&str]) -> Result<CheckedAddress> {
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        let address = NamespaceAddress {
            implementation: implementation.to_owned(),
            properties: properties.iter().map(owned).collect(),
            path: path.iter().map(|name| (*name).to_owned()).collect(),
        };
        CheckedAddress::new(address, &[])
    }

    /// The implementation, properties and path of an address, followed by the kind of its error and part of the message.
    type Refused<'a> = (&'a str, &'a [(&'a str, &'a str)], &'a [&'a str], ErrorKind, &'a str);

    #[test]
    fn an_address_that_is_not_valid_is_refused_without_its_values() {
        let home = tempfile::tempdir().unwrap();
        let root = ("root", home.path().to_str().unwrap());
        let uri = ("uri", "http://127.0.0.1:9");
        let cases: [Refused<'_>; 16] = [
            ("hive", &[], &[], ErrorKind::Unsupported, "`hive`"),
            ("Rest", &[uri], &[], ErrorKind::Unsupported, "`Rest`"),
            ("dir", &[], &[], ErrorKind::InvalidInput, "needs the property `root`"),
            ("dir", &[("rot", "hidden")], &[], ErrorKind::InvalidInput, "no property `rot`"),
            (
                "dir",
                &[root, ("manifest_enabled", "hidden")],
                &[],
                ErrorKind::InvalidInput,
                "`manifest_enabled`",
            ),
            ("dir", &[root, ("commit_retries", "hidden")], &[], ErrorKind::InvalidInput, "`commit_retries`"),
            ("dir", &[root, ("storage.aws_regoin", "hidden")], &[], ErrorKind::InvalidInput, "`aws_regoin`"),
            ("dir", &[root, ("manifest_enabled", "no")], &["a"], ErrorKind::Unsupported, "nested"),
            ("dir", &[root], &["a", ""], ErrorKind::InvalidInput, "name ``"),
            ("dir", &[root], &["a$b"], ErrorKind::InvalidInput, "`a$b`"),
            ("dir", &[("root", "memory://")], &[], ErrorKind::Unsupported, "`memory://`"),
            ("rest", &[], &[], ErrorKind::InvalidInput, "needs the property `uri`"),
            ("rest", &[("uri", "hidden")], &[], ErrorKind::InvalidInput, "is not a URI"),
            ("rest", &[("uri", "http://ada:hidden@host")], &[], ErrorKind::InvalidInput, "credentials"),
            ("rest", &[("uri", "http://host/?key=hidden")], &[], ErrorKind::InvalidInput, "a query"),
            (
                "rest",
                &[uri, ("header.Author ization", "hidden")],
                &[],
                ErrorKind::InvalidInput,
                "`header.Author",
            ),
        ];
        for (implementation, properties, path, kind, message) in cases {
            let error = checked(implementation, properties, path).err().unwrap();
            if !cfg!(feature = "remote") && implementation == "rest" {
                assert_eq!(error.kind(), ErrorKind::Unsupported, "{error}");
                continue;
            }
            assert_eq!(error.kind(), kind, "{error}");
            assert!(error.message().contains(message), "{error}");
            assert!(error.help().is_some(), "{error}");
            assert!(!format!("{error}{error:?}").contains("hidden"), "{error:?}");
        }
    }

    #[test]
    fn options_of_the_storage_reach_the_catalog_and_the_tables() {
        let home = tempfile::tempdir().unwrap();
        let root = ("root", home.path().to_str().unwrap());
        let address = checked("dir", &[root, ("storage.timeout", "7s"), ("manifest_enabled", "true")], &[]);
        let address = address.unwrap();
        assert_eq!(address.storage, [("timeout".to_owned(), "7s".to_owned())]);
        assert_eq!(address.properties["storage.timeout"], "7s");
        assert_eq!(address.secrets().collect::<Vec<_>>(), ["7s", "7s"]);
        let folder = home.path().canonicalize().unwrap();
        assert_eq!(address.location.folder(), Some(&*folder));
    }

    #[cfg(feature = "remote")]
    #[test]
    fn spellings_of_one_server_are_one_location() {
        let identity = |uri| checked("rest", &[("uri", uri)], &[]).unwrap().location.identity().to_owned();
        assert_eq!(identity("HTTP://Host:80/lake/"), identity("http://host/lake"));
        assert_ne!(identity("http://host/lake"), identity("http://host/pond"));
    }
}
