use std::time::Duration;

use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use reqwest::{Client, Url, redirect};

use super::connection::Connection;
use super::key::{Secrets, is_credential};
use super::service::Service;
use crate::error::{Error, ErrorKind, Result};
use crate::model::bounds::invalid;
use crate::model::clipped;

/// The time limit for connecting. An unreachable machine does not respond at all.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// The URL of the endpoint, and an HTTP client that sends the key and headers.
pub(crate) struct Endpoint {
    service: Service,
    client: Client,
    url: Url,
    /// The URL without secrets, for errors and logs.
    display_url: String,
    loopback: bool,
    /// The help for a key that the server rejects.
    key_help: String,
    secrets: Secrets,
}

impl Endpoint {
    pub(super) fn new(settings: &Connection, service: Service) -> Result<Self> {
        let url = endpoint_url(&settings.base_url, &service)?;
        let loopback = is_loopback(&url);
        let key = settings.key.read(loopback, service.key_variable)?;
        if url.scheme() == "http" && !loopback && !settings.allow_plaintext_key {
            reject_plaintext(settings, &url, key.is_some())?;
        }
        let headers = headers(settings, key.as_deref())?;
        // Azure's API version is not a secret, and Azure's errors mention it.
        let query = url.query_pairs().filter(|(name, _)| name != "api-version");
        let query = query.map(|(_, value)| value.into_owned());
        let values = settings.headers.iter().map(|(_, value)| value.clone());
        let secrets = Secrets::new(key.as_deref(), values.chain(query));
        Ok(Self {
            client: client(&url, loopback, headers, service.kind)?,
            display_url: secrets.scrub(&without_query(&url)),
            url,
            loopback,
            key_help: settings.key.help(loopback, service.key_variable),
            secrets,
            service,
        })
    }

    /// Returns the service behind the endpoint.
    pub(super) fn service(&self) -> &Service {
        &self.service
    }

    /// Returns a request without its body.
    pub(super) fn post(&self) -> reqwest::RequestBuilder {
        self.client.post(self.url.clone())
    }

    /// Returns the scheme, host, port and path of the URL, for errors and logs.
    pub(crate) fn display_url(&self) -> &str {
        &self.display_url
    }

    pub(super) fn is_loopback(&self) -> bool {
        self.loopback
    }

    pub(super) fn key_help(&self) -> &str {
        &self.key_help
    }

    /// Removes secrets from text that the server sent.
    pub(super) fn scrub(&self, text: &str) -> String {
        self.secrets.scrub(text)
    }
}

fn endpoint_url(base: &str, service: &Service) -> Result<Url> {
    let mut url = Url::parse(base.trim()).map_err(|source| {
        // The message does not quote the URL, which may contain a secret.
        let help = format!("use a URL such as `{}`", service.example_url);
        invalid("the base URL is not a valid URL").with_help(help).with_source(source)
    })?;
    if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
        let message = format!("the scheme `{}` of the base URL is not supported", clipped(url.scheme()));
        return Err(invalid(message).with_help("use a URL that begins with `https://` or `http://`"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        let help =
            "send it in a header: call `header(\"authorization\", \"Basic …\")` and `without_api_key()`";
        return Err(invalid("the base URL contains a user name or password").with_help(help));
    }
    let path = url.path().trim_end_matches('/');
    let path = path.strip_suffix(service.path).and_then(|path| path.strip_suffix('/')).unwrap_or(path);
    let path = format!("{path}/{}", service.path);
    url.set_path(&path);
    url.set_fragment(None);
    Ok(url)
}

/// Fails if the API key, or a header or parameter whose name suggests a secret, would be sent unencrypted.
fn reject_plaintext(settings: &Connection, url: &Url, has_key: bool) -> Result<()> {
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
    let help = "use `https://`, call `without_api_key` if the server needs no key, or call `allow_plaintext_key` if you \
                trust the network";
    Err(invalid(message).with_help(help))
}

fn without_query(url: &Url) -> String {
    let mut url = url.clone();
    url.set_query(None);
    url.to_string()
}

fn is_loopback(url: &Url) -> bool {
    let Some(host) = url.host_str() else { return false };
    let address = host.trim_start_matches('[').trim_end_matches(']').parse::<std::net::IpAddr>();
    match address {
        Ok(address) => address.to_canonical().is_loopback(),
        Err(_) => host == "localhost" || host.ends_with(".localhost"),
    }
}

fn headers(settings: &Connection, key: Option<&str>) -> Result<HeaderMap> {
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
    if let Some(key) = key {
        let (name, value) = match &settings.key_header {
            Some(name) => (header_name(name)?, key.to_owned()),
            None => (AUTHORIZATION, format!("Bearer {key}")),
        };
        let value = sensitive(&value).filter(|_| key.is_ascii()).ok_or_else(|| {
            invalid("the API key contains a character that is not allowed in a header")
                .with_help("pass only the key, on one line")
        })?;
        headers.insert(name, value);
    }
    for (name, value) in &settings.headers {
        let value = sensitive(value).ok_or_else(|| {
            let name = clipped(name);
            invalid(format!("the value of the header `{name}` contains a character that is not allowed"))
                .with_help("use only visible ASCII characters")
        })?;
        let name = header_name(name)?;
        if headers.contains_key(&name) {
            let help = "call `header` once for each header, and not for headers that the model sets itself";
            return Err(invalid(format!("the header `{name}` is set twice")).with_help(help));
        }
        headers.insert(name, value);
    }
    Ok(headers)
}

fn header_name(name: &str) -> Result<HeaderName> {
    HeaderName::from_bytes(name.as_bytes()).map_err(|_| {
        let name = clipped(name);
        invalid(format!("`{}` is not a valid header name", name.escape_debug()))
            .with_help("use letters, digits and dashes")
    })
}

/// Creates a header value that prints as `Sensitive` and that HTTP/2 does not store in its compression tables.
fn sensitive(value: &str) -> Option<HeaderValue> {
    let mut value = HeaderValue::from_str(value).ok()?;
    value.set_sensitive(true);
    Some(value)
}

fn client(url: &Url, loopback: bool, headers: HeaderMap, kind: ErrorKind) -> Result<Client> {
    let mut client = Client::builder()
        .user_agent(concat!("datus-store/", env!("CARGO_PKG_VERSION")))
        .default_headers(headers)
        // A redirect would send the key to another host, and could turn the POST into a GET.
        .redirect(redirect::Policy::none())
        // A few bytes can decompress to gigabytes. Other crates in the program may enable these features.
        .no_gzip()
        .no_brotli()
        .no_deflate()
        .no_zstd()
        .connect_timeout(CONNECT_TIMEOUT);
    if loopback {
        client = client.no_proxy();
    }
    if url.scheme() == "http" {
        // Plain HTTP must also work on machines without root certificates.
        client = client.tls_built_in_root_certs(false);
    }
    client.build().map_err(|source| {
        Error::new(kind, "the HTTP client could not be created")
            .with_help("see the source of this error; HTTPS needs root certificates on this machine")
            .with_source(source.without_url())
    })
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    fn embeddings_url(base: &str) -> Result<Url> {
        let service = Service {
            path: "embeddings",
            kind: ErrorKind::Model,
            model: String::new(),
            example_url: "https://host/v1",
            key_variable: None,
            content: "vectors",
            too_long_help: "",
        };
        endpoint_url(base, &service)
    }

    #[test]
    fn the_path_is_appended_to_the_base_url() {
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
    fn an_invalid_base_url_is_an_error_that_does_not_quote_it() {
        for base in
            ["secret", "ftp://host/secret", "https://user:secret@host/v1", "https://secret@host", "http://"]
        {
            let error = embeddings_url(base).unwrap_err();
            assert!(!format!("{error} {error:?}").contains("secret"), "{error:?}");
        }
    }

    #[test]
    fn local_hosts_are_recognized_by_name_and_address() {
        for local in
            ["localhost:1", "a.localhost", "127.0.0.1", "127.9.9.9:80", "[::1]:80", "[::ffff:127.0.0.1]"]
        {
            assert!(is_loopback(&Url::parse(&format!("http://{local}/")).unwrap()), "{local}");
        }
        for remote in ["localhost.com", "192.168.0.1", "0.0.0.0", "[::2]", "127.0.0.1.nip.io"] {
            assert!(!is_loopback(&Url::parse(&format!("http://{remote}/")).unwrap()), "{remote}");
        }
    }
}
