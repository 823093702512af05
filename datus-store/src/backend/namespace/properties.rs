//! The properties of a namespace. The engine ignores unknown properties, so this module refuses them.

use std::collections::HashMap;

use lance_core::utils::parse::str_to_bool;

use crate::error::{Error, ErrorKind, Result, nearest};

/// The prefix of the `dir` properties that are storage options.
pub(super) const STORAGE: &str = "storage.";

/// The properties that lance-namespace-impls 14 reads: for `dir` here, and for `rest` below.
const OF_DIR: [&str; 10] = [
    "root",
    "commit_retries",
    "dir_listing_enabled",
    "dir_listing_to_manifest_migration_enabled",
    "inline_optimization_enabled",
    "manifest_enabled",
    "ops_metrics_enabled",
    "table_version_tracking_enabled",
    "vend_input_storage_options",
    "vend_input_storage_options_refresh_interval_millis",
];
const OF_REST: [&str; 8] = [
    "uri",
    "delimiter",
    "ops_metrics_enabled",
    "tls.assert_hostname",
    "tls.cert_file",
    "tls.key_file",
    "tls.reload_interval_seconds",
    "tls.ssl_ca_cert",
];

/// The property prefixes that can be followed by any name.
const PREFIXES_OF_DIR: [&str; 2] = [STORAGE, "credential_vendor."];
const PREFIXES_OF_REST: [&str; 2] = ["header.", "headers."];

/// The properties whose values are numbers. The values of the properties in [`SWITCHES`], and of those whose names end with
/// `_enabled`, are booleans.
const NUMBERS: [&str; 3] =
    ["commit_retries", "tls.reload_interval_seconds", "vend_input_storage_options_refresh_interval_millis"];
const SWITCHES: [&str; 2] = ["tls.assert_hostname", "vend_input_storage_options"];

/// The implementation of a namespace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Implementation {
    /// A catalog in a folder or in an object store.
    Dir,
    /// A server that speaks Lance's REST protocol for namespaces.
    Rest,
}

impl Implementation {
    /// Returns the implementation with this name.
    ///
    /// # Errors
    /// `Unsupported` for an unknown name, and for `rest` without its cargo feature.
    pub(super) fn of(name: &str) -> Result<Self> {
        match name {
            "dir" => Ok(Self::Dir),
            "rest" if cfg!(feature = "remote") => Ok(Self::Rest),
            "rest" => {
                let message = "the namespace `rest` needs the cargo feature `remote`, which is off";
                Err(Error::new(ErrorKind::Unsupported, message)
                    .with_help("write `features = [\"remote\"]` for `datus-store` in Cargo.toml"))
            }
            _ => {
                let message =
                    format!("the namespace implementation `{}` is not supported", name.escape_debug());
                Err(Error::new(ErrorKind::Unsupported, message).with_help("use `dir` or `rest`"))
            }
        }
    }

    /// Returns the name for lancedb.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Dir => "dir",
            Self::Rest => "rest",
        }
    }

    /// Returns the properties, starting with the required one, and the prefixes.
    fn properties(self) -> (&'static [&'static str], [&'static str; 2]) {
        match self {
            Self::Dir => (&OF_DIR, PREFIXES_OF_DIR),
            Self::Rest => (&OF_REST, PREFIXES_OF_REST),
        }
    }
}

/// Fails for a property that the implementation does not support, or whose value it would ignore.
///
/// # Errors
/// `InvalidInput`, with the name of the property. The error never contains a value.
pub(super) fn check(implementation: Implementation, properties: &HashMap<String, String>) -> Result<()> {
    let (known, prefixes) = implementation.properties();
    for (name, value) in properties {
        if !known.contains(&name.as_str()) && !prefixes.iter().any(|prefix| name.starts_with(prefix)) {
            return Err(unknown(implementation, name));
        }
        let message = if NUMBERS.contains(&name.as_str()) && value.parse::<u64>().is_err() {
            "is not a number"
        } else if is_switch(name) && str_to_bool(value).is_none() {
            "is neither `true` nor `false`"
        } else if name.starts_with("header") && !is_header(name, value) {
            "is not an HTTP header"
        } else {
            continue;
        };
        let message = format!("the property `{}` {message}", name.escape_debug());
        return Err(
            Error::new(ErrorKind::InvalidInput, message).with_help("correct the property or leave it out")
        );
    }
    Ok(())
}

fn unknown(implementation: Implementation, name: &str) -> Error {
    let (known, prefixes) = implementation.properties();
    let message =
        format!("the namespace `{}` has no property `{}`", implementation.name(), name.escape_debug());
    let help = match nearest(name, known.iter().copied()) {
        Some(known) => format!("write `{known}`"),
        None => format!("use `{}`, `{}…`, or `{}…`", known.join("`, `"), prefixes[0], prefixes[1]),
    };
    Error::new(ErrorKind::InvalidInput, message).with_help(help)
}

fn is_switch(name: &str) -> bool {
    name.ends_with("_enabled") || SWITCHES.contains(&name)
}

/// Returns `true` if a property is a header that the client would send. The client silently drops other headers.
fn is_header(property: &str, value: &str) -> bool {
    let Some((_, name)) = property.split_once('.') else { return false };
    let of_token = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c);
    !name.is_empty() && name.chars().all(of_token) && value.chars().all(|c| matches!(c, ' '..='~' | '\t'))
}

/// Returns the value of the property that the implementation requires.
///
/// # Errors
/// `InvalidInput` if it is missing or empty.
pub(super) fn required(implementation: Implementation, properties: &HashMap<String, String>) -> Result<&str> {
    let name = implementation.properties().0[0];
    let value = properties.get(name).filter(|value| !value.trim().is_empty());
    value.map(String::as_str).ok_or_else(|| {
        let message = format!("the namespace `{}` needs the property `{name}`", implementation.name());
        let help = match implementation {
            Implementation::Dir => {
                "write `Database::connect_namespace(\"dir\", [(\"root\", \"data/lake\")])`"
            }
            Implementation::Rest => {
                "write `Database::connect_namespace(\"rest\", [(\"uri\", \"https://…\")])`"
            }
        };
        Error::new(ErrorKind::InvalidInput, message).with_help(help)
    })
}

/// Returns `true` if a property that is on by default is turned off.
pub(super) fn is_off(properties: &HashMap<String, String>, name: &str) -> bool {
    properties.get(name).and_then(|value| str_to_bool(value)) == Some(false)
}

/// Returns `true` if the value of a property can be a credential.
pub(super) fn is_secret(name: &str) -> bool {
    PREFIXES_OF_DIR.iter().chain(&PREFIXES_OF_REST).any(|prefix| name.starts_with(prefix))
}
