/// What runs the model, and how. The variants are there with the cargo features of their names.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Runner {
    /// [candle](https://docs.rs/candle-core), pure Rust: runs on any machine, and on CUDA and Metal.
    #[cfg(feature = "candle")]
    Candle(Candle),
    /// [ONNX Runtime](https://onnxruntime.ai): runs quantised models, and
    /// needs its shared library.
    #[cfg(feature = "onnx-runtime")]
    Onnx(Onnx),
}

impl Runner {
    /// Returns the name in logs.
    pub(super) fn name(&self) -> &'static str {
        match self {
            #[cfg(feature = "candle")]
            Self::Candle(_) => "candle",
            #[cfg(feature = "onnx-runtime")]
            Self::Onnx(_) => "onnx",
        }
    }

    /// Returns the runner to try where this one cannot run a model.
    pub(super) fn other(&self) -> Option<Self> {
        match self {
            #[cfg(feature = "candle")]
            Self::Candle(_) => None,
            #[cfg(all(feature = "candle", feature = "onnx-runtime"))]
            Self::Onnx(_) => Some(Self::Candle(Candle::default())),
            #[cfg(all(not(feature = "candle"), feature = "onnx-runtime"))]
            Self::Onnx(_) => None,
        }
    }

    /// Returns candle if ONNX Runtime can't be loaded on this machine, and `None` if both can run.
    #[cfg(feature = "hub")]
    pub(super) fn of_machine() -> Option<Self> {
        #[cfg(all(feature = "candle", feature = "onnx-runtime"))]
        if super::onnx::environment(None).is_err() {
            return Some(Self::Candle(Candle::default()));
        }
        None
    }

    /// The runner of a folder unless the user says: ONNX Runtime, which is the faster one, where there is a graph for it.
    pub(super) fn of_folder(folder: &std::path::Path) -> Self {
        #[cfg(all(feature = "candle", feature = "onnx-runtime"))]
        if super::onnx::graph_file(folder, &Onnx::default()).is_none() {
            return Self::Candle(Candle::default());
        }
        let _ = folder;
        #[cfg(feature = "onnx-runtime")]
        return Self::Onnx(Onnx::default());
        #[cfg(not(feature = "onnx-runtime"))]
        Self::Candle(Candle::default())
    }
}

/// How candle runs the model. The default is the processor.
///
/// ```
/// use datus_store::model::{Candle, Device};
///
/// assert_eq!(Candle::default().device, Device::Cpu);
/// ```
#[cfg(feature = "candle")]
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Candle {
    /// Where the model runs.
    pub device: Device,
}

#[cfg(feature = "candle")]
impl Candle {
    /// Sets where the model runs.
    #[must_use]
    pub fn with_device(self, device: Device) -> Self {
        Self { device }
    }
}

/// Where candle runs a model.
#[cfg(feature = "candle")]
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Device {
    /// The processor, all of its cores. The environment variable `RAYON_NUM_THREADS` says otherwise.
    #[default]
    Cpu,
    /// The NVIDIA card of this number. Needs the cargo feature `candle-cuda`.
    Cuda(usize),
    /// The Apple card of this number. Needs the cargo feature `candle-metal`.
    Metal(usize),
}

/// How ONNX Runtime runs the model.
///
/// ```
/// use datus_store::model::Onnx;
///
/// let onnx = Onnx::default().with_file("onnx/model_quantized.onnx").with_threads(4);
/// assert_eq!(onnx.threads, Some(4));
/// ```
#[cfg(feature = "onnx-runtime")]
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Onnx {
    /// The file of the graph, relative to the model's folder. By default `onnx/model.onnx` or else `model.onnx`.
    pub file: Option<std::path::PathBuf>,
    /// ONNX Runtime's shared library, version 1.17 or newer, or a folder that holds it, such as `onnxruntime/capi` of
    /// the Python package. By default the one that the environment variable `ORT_DYLIB_PATH` names, or else the
    /// system's. A process loads one library, the first that is asked for. Not used with the feature `onnx-download`
    /// alone, which links it in.
    pub library: Option<std::path::PathBuf>,
    /// How many threads a call uses; all cores by default.
    pub threads: Option<usize>,
}

#[cfg(feature = "onnx-runtime")]
impl Onnx {
    /// Sets the file of the graph, relative to the model's folder.
    #[must_use]
    pub fn with_file(mut self, file: impl Into<std::path::PathBuf>) -> Self {
        self.file = Some(file.into());
        self
    }

    /// Sets the shared library of ONNX Runtime, or the folder that holds it.
    #[must_use]
    pub fn with_library(mut self, library: impl Into<std::path::PathBuf>) -> Self {
        self.library = Some(library.into());
        self
    }

    /// Sets how many threads a call uses.
    #[must_use]
    pub fn with_threads(mut self, threads: usize) -> Self {
        self.threads = Some(threads);
        self
    }

    /// The environment of ONNX Runtime, for a program that also runs graphs of its own with the crate `ort`: a process
    /// has one environment, and the first call makes it.
    ///
    /// # Errors
    /// `Model` when there is no library that can be loaded, another one is loaded already, or the program has made an
    /// environment without this function.
    pub fn environment(&self) -> crate::Result<ort::environment::Environment> {
        super::onnx::environment(self.library.as_deref())
    }
}

#[cfg(feature = "candle")]
impl From<Candle> for Runner {
    fn from(candle: Candle) -> Self {
        Self::Candle(candle)
    }
}

#[cfg(feature = "onnx-runtime")]
impl From<Onnx> for Runner {
    fn from(onnx: Onnx) -> Self {
        Self::Onnx(onnx)
    }
}
