//! The clock of a demonstration, set by the program.
use std::path::Path;

use crate::support::postgres::{Database, texts};
use crate::support::program::{Said, jicai_on, said};
use crate::support::world::World;

async fn forward(database: &Database, span: &str, owner: bool) -> Said {
    let mut command = jicai_on(database, Path::new("/nonexistent"), &["demo", "--forward", span]);
    if owner {
        command.env("DATABASE_MIGRATION_URL", &database.owner);
    }
    tokio::task::spawn_blocking(move || said(command)).await.unwrap()
}

async fn hours_ahead(database: &Database) -> String {
    let query = "SELECT round(extract(epoch FROM app_clock() - clock_timestamp()) / 3600)::text AS line";
    texts(&database.app, query).await.concat()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_clock_of_a_demonstration_is_set_ahead_from_where_it_is() {
    let world = World::new().await;
    world.moves_clock_to(3_600).await;
    let told = forward(&world.database, "1h 60m", true).await;
    assert_eq!((told.code, told.out.as_str()), (Some(0), "The demonstration's clock was set 2h ahead.\n"));
    assert_eq!(hours_ahead(&world.database).await, "3");
    assert_eq!(forward(&world.database, "soon", true).await.code, Some(2));
    let refused = forward(&world.database, "1h", false).await;
    assert_eq!(refused.code, Some(1));
    assert!(refused.err.contains("DATABASE_MIGRATION_URL"), "{}", refused.err);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_clock_of_a_database_that_is_no_demonstration_stays() {
    let database = Database::new().await;
    let refused = forward(&database, "1h", true).await;
    assert_eq!(refused.code, Some(1));
    assert_eq!(refused.err, "jicai: this database is not one of a demonstration\n");
    assert_eq!(hours_ahead(&database).await, "0");
}
