//! The schema: proved undo, chosen names, rights of the service.
use diesel_async::{AsyncConnection, AsyncPgConnection, RunQueryDsl};
use jicai_store::setup::{is_behind, migrate, unmigrate};

use crate::support::postgres::{Database, texts as lines};

/// Tables, columns, constraints, indexes, functions, policies and rights as text.
const SHAPE: &str = "
    SELECT concat_ws(' ', 'column', table_name, column_name, data_type, is_nullable, column_default) AS line
        FROM information_schema.columns WHERE table_schema = 'public'
    UNION ALL SELECT concat_ws(' ', 'constraint', conrelid::regclass, conname, pg_get_constraintdef(oid))
        FROM pg_constraint WHERE connamespace = 'public'::regnamespace
    UNION ALL SELECT concat_ws(' ', 'index', indexdef) FROM pg_indexes WHERE schemaname = 'public'
    UNION ALL SELECT concat_ws(' ', 'function', pg_get_functiondef(oid))
        FROM pg_proc WHERE pronamespace = 'public'::regnamespace
    UNION ALL SELECT concat_ws(' ', 'policy', tablename, policyname, permissive, roles::text, cmd, qual, with_check)
        FROM pg_policies WHERE schemaname = 'public'
    UNION ALL SELECT concat_ws(' ', 'row security', relname, relrowsecurity)
        FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'
    UNION ALL SELECT concat_ws(' ', 'right', relname, relacl::text)
        FROM pg_class WHERE relnamespace = 'public'::regnamespace
    UNION ALL SELECT concat_ws(' ', 'right', attrelid::regclass, attname, attacl::text)
        FROM pg_attribute WHERE attacl IS NOT NULL
    ORDER BY line";

#[tokio::test(flavor = "multi_thread")]
async fn up_and_down_and_up_again_is_the_same_schema() {
    let database = Database::empty().await;
    let nothing = lines(&database.owner, SHAPE).await;
    assert!(is_behind(&database.owner).await.unwrap());
    let applied = migrate(&database.owner).await.unwrap();
    let shape = lines(&database.owner, SHAPE).await;
    assert!(shape.len() > 100, "{shape:?}");
    let mut undone = unmigrate(&database.owner).await.unwrap();
    undone.reverse();
    assert_eq!(undone, applied);
    let own = |line: &String| !line.contains("__diesel_schema_migrations");
    assert_eq!(lines(&database.owner, SHAPE).await.into_iter().filter(own).collect::<Vec<_>>(), nothing);
    migrate(&database.owner).await.unwrap();
    assert_eq!(lines(&database.owner, SHAPE).await, shape);
    assert!(!is_behind(&database.owner).await.unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn constraints_have_chosen_names_and_references_have_an_index() {
    let database = Database::new().await;
    let unnamed = "SELECT conname::text AS line FROM pg_constraint
        WHERE connamespace = 'public'::regnamespace AND conname ~ '_(check|key|fkey|pkey|excl)[0-9]+$|_check$'";
    assert_eq!(lines(&database.owner, unnamed).await, Vec::<String>::new());
    let unindexed = "SELECT conrelid::regclass || ' ' || conname AS line FROM pg_constraint
        WHERE connamespace = 'public'::regnamespace AND contype = 'f' AND NOT EXISTS (
            SELECT FROM pg_index WHERE indrelid = conrelid AND indkey[0] = conkey[1])";
    assert_eq!(lines(&database.owner, unindexed).await, Vec::<String>::new());
}

/// A restored database counts its transactions anew. Whatever remembers the number of one has to be renumbered by
/// `renumber_transactions`, or readers that wait for a number wait for long.
#[tokio::test(flavor = "multi_thread")]
async fn every_number_of_a_transaction_is_known_to_a_restore() {
    let database = Database::new().await;
    let columns = "SELECT table_name || '.' || column_name AS line FROM information_schema.columns
        WHERE table_schema = 'public' AND data_type = 'xid8' ORDER BY line";
    let known = ["alert_changes.written_by", "audit_checkpoints.horizon", "audit_entries.written_by"];
    assert_eq!(lines(&database.owner, columns).await, known);
}

/// `table.column type null?` as the Rust side declares it, in the database's words.
fn declared() -> Vec<String> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../store/src/schema");
    let mut found = Vec::new();
    for file in std::fs::read_dir(folder).unwrap() {
        let text = std::fs::read_to_string(file.unwrap().path()).unwrap();
        let mut table = "";
        for line in text.lines().map(str::trim) {
            if let Some((name, _)) = line.split_once(" (").filter(|_| line.ends_with(") {")) {
                table = name;
            } else if let Some((column, kind)) =
                line.trim_end_matches(',').split_once(" -> ").filter(|_| line.ends_with(','))
            {
                found.push(format!("{table}.{column} {}", in_postgres(kind)));
            }
        }
    }
    found.sort();
    found
}

fn in_postgres(kind: &str) -> String {
    if let Some(inner) = kind.strip_prefix("Nullable<") {
        return in_postgres(inner.strip_suffix('>').unwrap()).replace(" NO", " YES");
    }
    let name = match kind {
        "Bool" => "boolean",
        "Double" => "double precision",
        "Timestamptz" => "timestamp with time zone",
        array if array.starts_with("Array<") => "ARRAY",
        other => &other.to_lowercase(),
    };
    format!("{name} NO")
}

/// A column that diesel believes to be there, or of another type, is found here and not by whoever first reads it.
#[tokio::test(flavor = "multi_thread")]
async fn what_diesel_believes_of_a_column_is_true() {
    let database = Database::new().await;
    let columns = "SELECT concat_ws(' ', table_name || '.' || column_name, CASE data_type WHEN 'character' THEN 'text' ELSE data_type END,
            is_nullable) AS line
        FROM information_schema.columns WHERE table_schema = 'public'";
    let there = lines(&database.owner, columns).await;
    let declared = declared();
    let wrong: Vec<&String> = declared.iter().filter(|column| !there.contains(column)).collect();
    assert!(declared.len() > 500 && wrong.is_empty(), "{} declared; not so: {wrong:#?}", declared.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_service_can_neither_change_the_log_nor_the_schema() {
    let database = Database::new().await;
    for statement in [
        "UPDATE audit_entries SET kind = 'x'",
        "DELETE FROM audit_entries",
        "TRUNCATE audit_entries",
        "DROP TABLE audit_entries",
        "CREATE TABLE stray (id integer)",
        "UPDATE clock_shift SET shift = '1 day'",
        "DELETE FROM organizations",
    ] {
        let mut connection = AsyncPgConnection::establish(&database.app).await.unwrap();
        let refused = diesel::sql_query(statement).execute(&mut connection).await.unwrap_err().to_string();
        assert!(
            refused.contains("permission denied") || refused.contains("must be owner"),
            "{statement}: {refused}"
        );
    }
}
