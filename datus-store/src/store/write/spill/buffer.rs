use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Seek, SeekFrom, Write};
use std::sync::{Arc, Mutex, PoisonError};

use arrow_array::RecordBatch;
use arrow_ipc::reader::StreamReader;
use arrow_ipc::writer::StreamWriter;
use arrow_schema::{ArrowError, SchemaRef};

use crate::backend::is_full_disk;
use crate::error::{BoxError, Error, ErrorKind, Result};

/// The number of bytes that are kept in memory.
const IN_MEMORY: usize = 256 << 20;

/// Batches that wait for a commit, in memory up to a limit and then in a temporary file. The file has no name, so the
/// operating system removes it when the process exits, even if it is killed.
pub(in crate::store) struct SpillBuffer {
    schema: SchemaRef,
    in_memory: Vec<RecordBatch>,
    bytes: usize,
    max_bytes: usize,
    file: Option<Spilled>,
}

struct Spilled {
    file: Arc<Mutex<File>>,
    writer: StreamWriter<BufWriter<FileCursor>>,
}

impl SpillBuffer {
    pub(in crate::store) fn new(schema: &SchemaRef) -> Self {
        Self::with_memory(schema, IN_MEMORY)
    }

    /// Creates an empty buffer that keeps at most `max_bytes` bytes in memory.
    fn with_memory(schema: &SchemaRef, max_bytes: usize) -> Self {
        Self { schema: Arc::clone(schema), in_memory: Vec::new(), bytes: 0, max_bytes, file: None }
    }

    pub(in crate::store) fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    pub(in crate::store) fn push(&mut self, batch: RecordBatch) -> Result<()> {
        if let Some(spilled) = &mut self.file {
            return spilled.push(&batch).map_err(spill_failed);
        }
        self.bytes += batch.get_array_memory_size();
        self.in_memory.push(batch);
        if self.bytes > self.max_bytes {
            let mut spilled = Spilled::new(&self.schema).map_err(spill_failed)?;
            for batch in std::mem::take(&mut self.in_memory) {
                spilled.push(&batch).map_err(spill_failed)?;
            }
            self.file = Some(spilled);
        }
        Ok(())
    }

    /// Returns an iterator over all batches, in order.
    pub(in crate::store) fn read(
        &self,
    ) -> Result<Box<dyn Iterator<Item = Result<RecordBatch, ArrowError>> + Send>> {
        match &self.file {
            None => Ok(Box::new(self.in_memory.clone().into_iter().map(Ok))),
            Some(spilled) => {
                let file = BufReader::new(FileCursor::start(&spilled.file));
                Ok(Box::new(StreamReader::try_new(file, None).map_err(spill_failed)?))
            }
        }
    }
}

impl Spilled {
    fn new(schema: &SchemaRef) -> Result<Self, ArrowError> {
        let file = Arc::new(Mutex::new(tempfile::tempfile()?));
        let writer = StreamWriter::try_new_buffered(FileCursor::start(&file), schema)?;
        Ok(Self { file, writer })
    }

    /// Writes a batch to the file and flushes it, so that it can be read immediately.
    fn push(&mut self, batch: &RecordBatch) -> Result<(), ArrowError> {
        self.writer.write(batch)?;
        self.writer.flush()
    }
}

/// A position in a file that other cursors also read and write.
struct FileCursor {
    file: Arc<Mutex<File>>,
    position: u64,
}

impl FileCursor {
    fn start(file: &Arc<Mutex<File>>) -> Self {
        Self { file: Arc::clone(file), position: 0 }
    }

    fn at_position<T>(&mut self, work: impl FnOnce(&mut File) -> io::Result<T>) -> io::Result<T> {
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        file.seek(SeekFrom::Start(self.position))?;
        let done = work(&mut file);
        self.position = file.stream_position()?;
        done
    }
}

impl Read for FileCursor {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.at_position(|file| file.read(buffer))
    }
}

impl Write for FileCursor {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        self.at_position(|file| file.write(buffer))
    }

    fn flush(&mut self) -> io::Result<()> {
        self.at_position(Write::flush)
    }
}

/// Returns the error for a temporary file that cannot be written or read.
pub(in crate::store) fn spill_failed(source: ArrowError) -> Error {
    let folder = std::env::temp_dir();
    let folder = folder.display();
    let source: BoxError = source.into();
    let message = if is_full_disk(&*source) {
        format!(
            "there is no space left in {folder}, which holds the rows of a write until they are committed"
        )
    } else {
        format!("the rows of a write cannot be kept in a temporary file in {folder}")
    };
    Error::new(ErrorKind::Engine, message)
        .with_help("free some space, or set the variable TMPDIR to a different folder")
        .with_source(source)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use arrow_array::{DictionaryArray, Int64Array, types::Int32Type};
    use arrow_schema::{DataType, Field, Schema};

    use super::*;

    fn batch(schema: &SchemaRef, number: i64) -> RecordBatch {
        let kind: DictionaryArray<Int32Type> = [format!("kind {number}").as_str()].into_iter().collect();
        let columns = vec![Arc::new(Int64Array::from(vec![number])) as _, Arc::new(kind) as _];
        RecordBatch::try_new(Arc::clone(schema), columns).unwrap()
    }

    #[test]
    fn batches_are_read_in_order_from_memory_or_a_file() {
        let kind = DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8));
        let fields = vec![Field::new("id", DataType::Int64, false), Field::new("kind", kind, false)];
        let schema: SchemaRef = Arc::new(Schema::new(fields));
        let one = batch(&schema, 0).get_array_memory_size();
        for max_bytes in [0, one, 3 * one, 1000 * one] {
            let mut buffer = SpillBuffer::with_memory(&schema, max_bytes);
            let batches: Vec<RecordBatch> = (0..10).map(|number| batch(&schema, number)).collect();
            for (count, pushed) in batches.iter().enumerate() {
                buffer.push(pushed.clone()).unwrap();
                let read: Vec<RecordBatch> = buffer.read().unwrap().map(Result::unwrap).collect();
                assert_eq!(read, batches[..=count], "at most {max_bytes} bytes");
            }
            assert_eq!(buffer.file.is_some(), max_bytes < 1000 * one);
            // Two readers do not interfere with each other.
            let pairs = buffer.read().unwrap().zip(buffer.read().unwrap());
            assert!(pairs.into_iter().all(|(one, other)| one.unwrap() == other.unwrap()));
        }
    }
}
