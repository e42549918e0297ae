//! `panoh audit`: the chain of what is on record.

use super::{CliError, Database, output::say};
use crate::store::audit::chain::{self, Head};
use crate::store::migrations;
use clap::Subcommand;
use std::str::FromStr;

#[derive(Debug, Subcommand)]
pub(super) enum Audit {
    /// Check the whole chain; says which entry is the first that is missing or was changed
    Verify {
        #[command(flatten)]
        database: Database,
        /// A head that was kept, as `panoh audit head` printed it: the chain must still hold it
        #[arg(long, value_name = "SEQUENCE:HASH")]
        head: Option<Kept>,
    },
    /// Print the chain's head, SEQUENCE:HASH, to be kept elsewhere
    Head {
        #[command(flatten)]
        database: Database,
    },
}

/// A head that was kept.
#[derive(Debug, Clone)]
pub(super) struct Kept(Head);

impl FromStr for Kept {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let parts = text.split_once(':').and_then(|(sequence, hash)| Some((sequence.parse().ok()?, hash)));
        let well_formed = |hash: &str| hash.len() == 64 && hash.bytes().all(|byte| byte.is_ascii_hexdigit());
        match parts {
            Some((sequence, hash)) if well_formed(hash) => Ok(Self(Head { sequence, hash: hash.to_owned() })),
            _ => Err("expected SEQUENCE:HASH, as `panoh audit head` prints it"),
        }
    }
}

impl Audit {
    pub(super) fn run(self) -> Result<(), CliError> {
        let (Self::Verify { database, .. } | Self::Head { database }) = &self;
        let mut connection = database.address()?.connect(false)?;
        migrations::check(&mut connection)?;
        match self {
            Self::Verify { head, .. } => {
                let verified = chain::verify(&mut connection, head.as_ref().map(|kept| &kept.0))?;
                let head = verified.map_err(CliError::Audit)?;
                say!("{} entries, none missing or changed", head.sequence);
            }
            Self::Head { .. } => {
                let head = chain::head(&mut connection)?;
                say!("{}:{}", head.sequence, head.hash);
            }
        }
        Ok(())
    }
}
