//! The settings of a connection, as builder methods.

/// Implements the settings of a connection for a builder with `fn connect(self, set: impl FnOnce(&mut Connection)) -> Self`.
///
/// The doc comments in the macro call are appended to the documentation of their setting. Those of `base_url` are its whole
/// documentation.
macro_rules! connection_settings {
    ($builder:ident {
        $(#[$base_url:meta])+
        base_url,
        $(#[$api_key_env:meta])+
        api_key_env,
        $(#[$batch_texts:meta])+
        batch_texts,
        $(#[$batch_tokens:meta])+
        batch_tokens,
        $(#[$retry_for:meta])+
        retry_for,
    }) => {
        impl $builder {
            $(#[$base_url])+
            pub fn base_url(self, url: impl Into<String>) -> Self {
                self.connect(|connection| connection.base_url = url.into())
            }

            /// Sets the environment variable that holds the API key. [`build`](Self::build) reads it.
            ///
            $(#[$api_key_env])+
            pub fn api_key_env(self, variable: impl Into<String>) -> Self {
                self.connect(|connection| connection.key = KeySource::Variable(variable.into()))
            }

            /// Sets the API key itself, for programs that store it in a vault. Leading and trailing whitespace is removed.
            pub fn api_key(self, key: impl Into<String>) -> Self {
                self.connect(|connection| connection.key = KeySource::Literal(key.into()))
            }

            /// Sends no API key, for servers on other machines that need none.
            pub fn without_api_key(self) -> Self {
                self.connect(|connection| connection.key = KeySource::None)
            }

            /// Sets the header that carries the bare API key, such as `api-key` for Azure. By default, the key is sent as
            /// `Authorization: Bearer …`.
            pub fn api_key_header(self, name: impl Into<String>) -> Self {
                self.connect(|connection| connection.key_header = Some(name.into()))
            }

            /// Allows sending the API key to another machine over plain `http://`, for networks that you trust.
            ///
            /// By default, [`build`](Self::build) rejects this, because anyone on the network path can read the key. The
            /// same applies to headers and URL parameters whose names suggest a secret. It does not apply to a server on
            /// this machine.
            pub fn allow_plaintext_key(self) -> Self {
                self.connect(|connection| connection.allow_plaintext_key = true)
            }

            /// Adds a header to every request. Like the API key, its value never appears in errors or logs.
            pub fn header(self, name: impl Into<String>, value: impl Into<String>) -> Self {
                self.connect(|connection| connection.headers.push((name.into(), value.into())))
            }

            /// Sets the maximum number of texts in one request, up to 65,536. The default is 256.
            ///
            $(#[$batch_texts])+
            pub fn batch_texts(self, texts: usize) -> Self {
                self.connect(|connection| connection.limits.texts = texts)
            }

            /// Sets the maximum number of tokens in one request, over all its texts, up to 1,000,000,000. The default is
            /// 250,000.
            ///
            $(#[$batch_tokens])+
            pub fn batch_tokens(self, tokens: usize) -> Self {
                self.connect(|connection| connection.limits.tokens = tokens)
            }

            /// Sets the maximum number of concurrent requests, up to 1,024. The default is 4.
            pub fn in_flight(self, requests: usize) -> Self {
                self.connect(|connection| connection.limits.in_flight = requests)
            }

            /// Sets the maximum number of requests per minute, including retries. By default, there is no limit.
            ///
            /// Requests are spread evenly over the minute, with bursts of up to one second's worth.
            pub fn requests_per_minute(self, requests: u32) -> Self {
                self.connect(|connection| connection.requests_per_minute = Some(requests))
            }

            /// Sets the maximum number of tokens per minute, including retries. By default, there is no limit.
            ///
            /// The tokens of a request are estimated. If the response contains the actual number, the estimate is corrected.
            /// A request with more tokens than the limit is sent, and the next one waits accordingly.
            pub fn tokens_per_minute(self, tokens: u32) -> Self {
                self.connect(|connection| connection.tokens_per_minute = Some(tokens))
            }

            /// Sets the time limit for one request, from connecting to the last byte of the response, up to one day. The
            /// default is 60 seconds.
            pub fn timeout(self, timeout: Duration) -> Self {
                self.connect(|connection| connection.timeout = timeout)
            }

            /// Sets the time limit for a request with all its retries, up to one day. The default is 60 seconds. Zero
            /// disables retries. The first attempt is limited only by [`timeout`](Self::timeout).
            ///
            $(#[$retry_for])+
            pub fn retry_for(self, time: Duration) -> Self {
                self.connect(|connection| connection.retry_for = time)
            }

            /// Sets whether texts leave this machine.
            ///
            /// The default is `false` if the host is `localhost` or a loopback address, and `true` otherwise. Change it, for
            /// example, for a local server that forwards texts, or for a remote server that you trust as much as this machine.
            pub fn sends_text_away(self, away: bool) -> Self {
                self.connect(|connection| connection.sends_text_away = Some(away))
            }
        }
    };
}
pub(crate) use connection_settings;
