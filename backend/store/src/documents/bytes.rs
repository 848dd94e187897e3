//! The bytes of documents, under their ids. They are written whole before a row names them; what no row names is not there.
use std::path::Path as Folder;
use std::str::FromStr;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::stream::BoxStream;
use futures_util::{StreamExt, TryStreamExt};
use jicai_domain::ids::{DocumentId, Id};
use object_store::aws::{AmazonS3Builder, AmazonS3ConfigKey};
use object_store::buffered::BufWriter;
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::prefix::PrefixStore;
use object_store::{ObjectStore, ObjectStoreExt};
use tokio::io::AsyncWriteExt;

use crate::errors::StoreError;

/// What is held before it is sent on, and the size of the parts of a large object: S3 takes none below 5 MiB.
const PART_BYTES: usize = 5 * 1024 * 1024;
/// Parts of one object on their way at once.
const PARTS_AT_ONCE: usize = 2;

/// Bytes in their order.
pub type Chunks = BoxStream<'static, Result<Bytes, StoreError>>;

/// Where the bytes of documents are kept.
#[derive(Clone)]
pub struct Objects(Arc<dyn ObjectStore>);

/// Bytes on their way. They can be read once they are finished, and not before; dropped, they are gone.
pub struct Writing(BufWriter);

impl Objects {
    /// A folder of this machine, made for this user alone where it is missing. What is finished survives a power cut.
    pub fn in_folder(folder: &Folder) -> Result<Objects, StoreError> {
        std::os::unix::fs::DirBuilderExt::mode(std::fs::DirBuilder::new().recursive(true), 0o700)
            .create(folder)?;
        Ok(Objects(Arc::new(LocalFileSystem::new_with_prefix(folder)?.with_fsync(true))))
    }

    /// A bucket of S3, or of what speaks like it, with `AWS_` settings. Nothing is asked of it yet.
    pub fn in_bucket(
        bucket: &str,
        prefix: &str,
        settings: &[(String, String)],
    ) -> Result<Objects, StoreError> {
        let known = settings.iter().filter_map(|(name, value)| Some((s3_key(name)?, value)));
        let builder = AmazonS3Builder::new().with_bucket_name(bucket);
        let bucket = known.fold(builder, |builder, (key, value)| builder.with_config(key, value)).build()?;
        Ok(Objects(Arc::new(PrefixStore::new(
            bucket,
            Path::parse(prefix).map_err(object_store::Error::from)?,
        ))))
    }

    /// Begins to write a document.
    pub fn begin(&self, id: DocumentId) -> Writing {
        let writer = BufWriter::with_capacity(Arc::clone(&self.0), path(id), PART_BYTES);
        Writing(writer.with_max_concurrency(PARTS_AT_ONCE))
    }

    /// The bytes of a document.
    pub async fn read(&self, id: DocumentId) -> Result<Chunks, StoreError> {
        Ok(self.0.get(&path(id)).await?.into_stream().map_err(StoreError::from).boxed())
    }

    /// The documents whose bytes were begun between two ids, in any order. Ids begin with the time.
    pub async fn between(&self, from: DocumentId, to: DocumentId) -> Result<Vec<DocumentId>, StoreError> {
        let listed = self.0.list_with_offset(None, &path(from));
        let ids = listed.try_filter_map(async |object| {
            Ok(object.location.filename().and_then(|name| DocumentId::parse(name).ok()))
        });
        Ok(ids.try_filter(|id| std::future::ready(*id < to)).try_collect().await?)
    }

    /// Removes the bytes of a document that no row names.
    pub async fn remove(&self, id: DocumentId) -> Result<(), StoreError> {
        Ok(self.0.delete(&path(id)).await?)
    }
}

impl Writing {
    /// The next bytes.
    pub async fn put(&mut self, bytes: Bytes) -> Result<(), StoreError> {
        Ok(self.0.put(bytes).await?)
    }

    /// Those were all.
    pub async fn finish(mut self) -> Result<(), StoreError> {
        Ok(self.0.shutdown().await?)
    }

    /// They are not wanted after all.
    pub async fn abandon(mut self) -> Result<(), StoreError> {
        Ok(self.0.abort().await?)
    }
}

/// Whether a variable is a setting of S3.
pub fn s3_setting(name: &str) -> bool {
    s3_key(name).is_some()
}

fn s3_key(name: &str) -> Option<AmazonS3ConfigKey> {
    let known = name.starts_with("AWS_").then(|| name.to_ascii_lowercase())?;
    AmazonS3ConfigKey::from_str(&known).ok()
}

fn path(id: DocumentId) -> Path {
    Path::from(id.to_string())
}
