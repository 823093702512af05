/// The names of the fields in a request to a `/rerank` endpoint.
///
/// The responses of all services are parsed in the same way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum RerankApi {
    /// `model`, `query` and `documents`, as for Cohere (version 2), Jina, Voyage, vLLM, llama.cpp and Infinity.
    #[default]
    Documents,
    /// `query`, `texts` and `truncate`, as for Text Embeddings Inference. The server runs one model, so the name of the
    /// model is not sent. `truncate` is `true`: the server truncates long texts instead of rejecting them.
    Texts,
}
