use super::provider::{Build, Provider};

pub(super) const NATIVE: Provider = Provider {
    name: "native",
    feature: "native",
    fields: &["model", "path", "revision", "normalized", "max_tokens"],
    build: NATIVE_BUILD,
};

pub(super) const CANDLE: Provider = Provider {
    name: "candle",
    feature: "candle",
    fields: &["model", "path", "revision", "normalized", "max_tokens", "device"],
    build: CANDLE_BUILD,
};

pub(super) const ONNX: Provider = Provider {
    name: "onnx",
    feature: "onnx",
    fields: &[
        "model",
        "path",
        "revision",
        "normalized",
        "max_tokens",
        "onnx_file",
        "onnx_library",
        "threads",
    ],
    build: ONNX_BUILD,
};

const NATIVE_BUILD: Option<Build> = {
    #[cfg(feature = "native")]
    {
        Some(local::with_native)
    }
    #[cfg(not(feature = "native"))]
    None
};

const CANDLE_BUILD: Option<Build> = {
    #[cfg(feature = "candle")]
    {
        Some(local::with_candle)
    }
    #[cfg(not(feature = "candle"))]
    None
};

const ONNX_BUILD: Option<Build> = {
    #[cfg(feature = "onnx-runtime")]
    {
        Some(local::with_onnx)
    }
    #[cfg(not(feature = "onnx-runtime"))]
    None
};

#[cfg(any(feature = "native", feature = "candle", feature = "onnx-runtime"))]
mod local {
    use std::sync::Arc;

    use super::super::ModelConfig;
    use crate::error::Result;
    use crate::model::bounds::invalid;
    use crate::model::{
        EmbeddingModel, EmbeddingModelExt, Runner, SentenceTransformer, SentenceTransformerBuilder,
    };

    #[cfg(feature = "native")]
    pub(super) fn with_native(config: &ModelConfig) -> Result<Arc<dyn EmbeddingModel>> {
        build(config, Runner::Native(crate::model::Native::default()))
    }

    #[cfg(feature = "candle")]
    pub(super) fn with_candle(config: &ModelConfig) -> Result<Arc<dyn EmbeddingModel>> {
        let device = config.device.as_deref().map_or(Ok(crate::model::Device::Cpu), device)?;
        build(config, Runner::Candle(crate::model::Candle::default().with_device(device)))
    }

    #[cfg(feature = "onnx-runtime")]
    pub(super) fn with_onnx(config: &ModelConfig) -> Result<Arc<dyn EmbeddingModel>> {
        let onnx = crate::model::Onnx {
            file: config.onnx_file.as_ref().map(Into::into),
            library: config.onnx_library.as_ref().map(Into::into),
            threads: config.threads,
        };
        build(config, Runner::Onnx(onnx))
    }

    fn build(config: &ModelConfig, runner: Runner) -> Result<Arc<dyn EmbeddingModel>> {
        type Builder = SentenceTransformerBuilder;
        let mut builder = source(config)?.runner(runner);
        builder = set_if_some(builder, &config.revision, Builder::revision);
        builder = set_if_some(builder, &config.normalized, Builder::normalized);
        builder = set_if_some(builder, &config.max_tokens, Builder::max_tokens);
        builder = set_if_some(builder, &config.document_prefix, Builder::document_prefix);
        builder = set_if_some(builder, &config.query_prefix, Builder::query_prefix);
        let model = builder.build()?;
        let identity = model.identity();
        if let Some(dimension) = config.dimension.filter(|dimension| *dimension != identity.dimension) {
            let message =
                format!("the field `dimension` of a model is {dimension}, but the model is {identity}");
            return Err(invalid(message).with_help("remove the field, or shorten vectors with `truncate`"));
        }
        let limits = config.limits(model.limits());
        Ok(Arc::new(model.with_limits(limits)))
    }

    /// Starts a builder for the configured source: a folder, or a model on the hub.
    fn source(config: &ModelConfig) -> Result<SentenceTransformerBuilder> {
        match (&config.path, &config.model) {
            (Some(path), model) => {
                Ok(set_if_some(SentenceTransformer::builder(path), model, SentenceTransformerBuilder::id))
            }
            (None, Some(model)) => hub_builder(model),
            (None, None) => {
                let message = format!("the provider `{}` needs the field `path` or `model`", config.provider);
                let help = "set `path` to the folder of the model, or `model` to its name on the hub";
                Err(invalid(message).with_help(help))
            }
        }
    }

    #[cfg(feature = "hub")]
    fn hub_builder(model: &str) -> Result<SentenceTransformerBuilder> {
        Ok(SentenceTransformer::hub_builder(model))
    }

    #[cfg(not(feature = "hub"))]
    fn hub_builder(model: &str) -> Result<SentenceTransformerBuilder> {
        let model = crate::model::clipped(model);
        let message = format!(
            "the model `{model}` has no field `path`, but this build cannot fetch models from the hub"
        );
        let help = "set `path` to the folder of the model, or enable the feature `hub` of the dependency `datus-store`";
        Err(crate::Error::new(crate::ErrorKind::Unsupported, message).with_help(help))
    }

    /// Calls the setter if the value is configured.
    fn set_if_some<B, T: Clone>(builder: B, value: &Option<T>, set: impl FnOnce(B, T) -> B) -> B {
        match value {
            Some(value) => set(builder, value.clone()),
            None => builder,
        }
    }

    /// Parses `cpu`, `cuda`, `cuda:1`, `metal` or `metal:1`.
    #[cfg(feature = "candle")]
    fn device(text: &str) -> Result<crate::model::Device> {
        use crate::model::Device;

        let (kind, number) = text.split_once(':').unwrap_or((text, "0"));
        match (kind, number.parse::<u8>()) {
            ("cpu", _) if text == "cpu" => Ok(Device::Cpu),
            ("cuda", Ok(number)) => Ok(Device::Cuda(number.into())),
            ("metal", Ok(number)) => Ok(Device::Metal(number.into())),
            _ => {
                let message = format!("the field `device` of a model is `{}`", crate::model::clipped(text));
                Err(invalid(message)
                    .with_help("use `cpu`, `cuda:0` or `metal:0`; a device number is at most 255"))
            }
        }
    }
}
