use std::time::Duration;

use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use reqwest::{Client, Url, redirect};

use super::builder::invalid;
use super::key::{Secrets, is_credential};
use super::settings::Settings;
use crate::error::{Error, ErrorKind, Result};
use crate::model::clipped;

/// A machine that is not there does not answer at all.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// Where requests go, and what every one of them carries.
pub(super) struct Endpoint {
    client: Client,
    url: Url,
    /// The URL without what may be secret.
    shown: String,
    loopback: bool,
    /// What to do about a key that the server does not take.
    key_remedy: String,
    secrets: Secrets,
}

impl Endpoint {
    pub(super) fn new(settings: &Settings) -> Result<Self> {
        let url = embeddings_url(&settings.base_url)?;
        let loopback = is_loopback(&url);
        let key = settings.key.read(loopback)?;
        if url.scheme() == "http" && !loopback && !settings.allow_plaintext_key {
            refuse_plaintext(settings, &url, key.is_some())?;
        }
        let headers = headers(settings, key.as_deref())?;
        // The version of Azure's API is no secret and worth reading in its errors.
        let query = url.query_pairs().filter(|(name, _)| name != "api-version");
        let query = query.map(|(_, value)| value.into_owned());
        let values = settings.headers.iter().map(|(_, value)| value.clone());
        let secrets = Secrets::new(key.as_deref(), values.chain(query));
        Ok(Self {
            client: client(&url, loopback, headers)?,
            shown: secrets.scrub(&shown(&url)),
            url,
            loopback,
            key_remedy: settings.key.remedy(loopback),
            secrets,
        })
    }

    /// A request for embeddings without its body.
    pub(super) fn post(&self) -> reqwest::RequestBuilder {
        self.client.post(self.url.clone())
    }

    /// Scheme, host, port and path.
    pub(super) fn shown(&self) -> &str {
        &self.shown
    }

    pub(super) fn is_loopback(&self) -> bool {
        self.loopback
    }

    pub(super) fn key_remedy(&self) -> &str {
        &self.key_remedy
    }

    /// A text that came from outside, without the secrets that it may repeat.
    pub(super) fn scrub(&self, text: &str) -> String {
        self.secrets.scrub(text)
    }
}

fn embeddings_url(base: &str) -> Result<Url> {
    let mut url = Url::parse(base.trim()).map_err(|source| {
        // The URL itself may hold a secret.
        let help = "give one like `https://api.openai.com/v1`";
        invalid("the base URL is not a URL").with_help(help).with_source(source)
    })?;
    if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
        let message = format!("the base URL has the scheme `{}`", clipped(url.scheme()));
        return Err(invalid(message).with_help("give one that begins with `https://` or `http://`"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        let help = "send them in a header, `header(\"authorization\", \"Basic …\")` with `without_api_key()`";
        return Err(invalid("the base URL holds a user or a password").with_help(help));
    }
    let path = url.path().trim_end_matches('/');
    let path = path.strip_suffix("/embeddings").unwrap_or(path);
    let path = format!("{path}/embeddings");
    url.set_path(&path);
    url.set_fragment(None);
    Ok(url)
}

/// Refuses to send a key, or another secret by its name, where everyone on the way can read it.
fn refuse_plaintext(settings: &Settings, url: &Url, has_key: bool) -> Result<()> {
    let header = settings.headers.iter().map(|(name, _)| name).find(|name| is_credential(name));
    let parameter = url.query_pairs().map(|(name, _)| name).find(|name| is_credential(name));
    let what = match (has_key, header, parameter) {
        (true, _, _) => "the API key".to_owned(),
        (false, Some(header), _) => format!("the header `{}`", clipped(header)),
        (false, None, Some(parameter)) => format!("the parameter `{}` of the base URL", clipped(&parameter)),
        (false, None, None) => return Ok(()),
    };
    let host = clipped(url.host_str().unwrap_or_default()).into_owned();
    let message = format!("{what} would be sent to `{host}` over plain `http://`, where others can read it");
    let help = "use `https://`, call `without_api_key` where the server asks for no key, or set `allow_plaintext_key` in \
                a network that you trust";
    Err(invalid(message).with_help(help))
}

fn shown(url: &Url) -> String {
    let mut shown = url.clone();
    shown.set_query(None);
    shown.to_string()
}

fn is_loopback(url: &Url) -> bool {
    let Some(host) = url.host_str() else { return false };
    let address = host.trim_start_matches('[').trim_end_matches(']').parse::<std::net::IpAddr>();
    match address {
        Ok(address) => address.to_canonical().is_loopback(),
        Err(_) => host == "localhost" || host.ends_with(".localhost"),
    }
}

fn headers(settings: &Settings, key: Option<&str>) -> Result<HeaderMap> {
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
    if let Some(key) = key {
        let (name, value) = match &settings.key_header {
            Some(name) => (header_name(name)?, key.to_owned()),
            None => (AUTHORIZATION, format!("Bearer {key}")),
        };
        let value = sensitive(&value).filter(|_| key.is_ascii()).ok_or_else(|| {
            invalid("the key holds a character that no header can carry")
                .with_help("give only the key, on one line")
        })?;
        headers.insert(name, value);
    }
    for (name, value) in &settings.headers {
        let value = sensitive(value).ok_or_else(|| {
            let name = clipped(name);
            invalid(format!("the value of the header `{name}` holds a character that no header can carry"))
                .with_help("give a value of visible ASCII characters")
        })?;
        let name = header_name(name)?;
        if headers.contains_key(&name) {
            let help = "remove one: it is set by `header`, and by the model itself or by another `header`";
            return Err(invalid(format!("the header `{name}` is set twice")).with_help(help));
        }
        headers.insert(name, value);
    }
    Ok(headers)
}

fn header_name(name: &str) -> Result<HeaderName> {
    HeaderName::from_bytes(name.as_bytes()).map_err(|_| {
        let name = clipped(name);
        invalid(format!("`{}` is no name of a header", name.escape_debug()))
            .with_help("use letters, digits and dashes")
    })
}

/// A value that prints as `Sensitive`, and that HTTP/2 keeps out of its tables.
fn sensitive(value: &str) -> Option<HeaderValue> {
    let mut value = HeaderValue::from_str(value).ok()?;
    value.set_sensitive(true);
    Some(value)
}

fn client(url: &Url, loopback: bool, headers: HeaderMap) -> Result<Client> {
    let mut client = Client::builder()
        .user_agent(concat!("datus-store/", env!("CARGO_PKG_VERSION")))
        .default_headers(headers)
        // Another host must not get the key, and a POST that is redirected becomes a GET.
        .redirect(redirect::Policy::none())
        // A few bytes can unpack to gigabytes. Another crate of the program may have these features on.
        .no_gzip()
        .no_brotli()
        .no_deflate()
        .no_zstd()
        .connect_timeout(CONNECT_TIMEOUT);
    if loopback {
        client = client.no_proxy();
    }
    if url.scheme() == "http" {
        // A machine without root certificates can use a server on it.
        client = client.tls_built_in_root_certs(false);
    }
    client.build().map_err(|source| {
        Error::new(ErrorKind::Model, "no HTTP client can be made")
            .with_help("see the source of this error: for HTTPS the machine needs root certificates")
            .with_source(source.without_url())
    })
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by a panic")]
mod tests {
    use super::*;

    #[test]
    fn the_path_of_the_endpoint_is_added_to_the_base_url() {
        for (base, full) in [
            ("https://api.openai.com/v1", "https://api.openai.com/v1/embeddings"),
            ("http://localhost:11434/v1/", "http://localhost:11434/v1/embeddings"),
            ("http://[::1]:8080", "http://[::1]:8080/embeddings"),
            ("https://host/v1/embeddings", "https://host/v1/embeddings"),
            ("https://host/a?api-version=1#x", "https://host/a/embeddings?api-version=1"),
        ] {
            assert_eq!(embeddings_url(base).unwrap().as_str(), full);
        }
    }

    #[test]
    fn what_is_no_base_url_is_refused_without_being_shown() {
        for base in
            ["secret", "ftp://host/secret", "https://user:secret@host/v1", "https://secret@host", "http://"]
        {
            let error = embeddings_url(base).unwrap_err();
            assert!(!format!("{error} {error:?}").contains("secret"), "{error:?}");
        }
    }

    #[test]
    fn a_host_of_this_machine_is_known_by_name_and_address() {
        for here in
            ["localhost:1", "a.localhost", "127.0.0.1", "127.9.9.9:80", "[::1]:80", "[::ffff:127.0.0.1]"]
        {
            assert!(is_loopback(&Url::parse(&format!("http://{here}/")).unwrap()), "{here}");
        }
        for away in ["localhost.com", "192.168.0.1", "0.0.0.0", "[::2]", "127.0.0.1.nip.io"] {
            assert!(!is_loopback(&Url::parse(&format!("http://{away}/")).unwrap()), "{away}");
        }
    }
}
