# Thin targets; what they need beyond Rust is installed by the script they call.
.PHONY: run serve test lint schema bench fuzz

run:
	cargo run --release --quiet --bin jicai -- demo --replay

serve:
	sh .ci/postgres
	cargo run --release --locked --quiet --bin jicai -- serve --demo

test:
	sh .ci/postgres
	sh .ci/redis
	cargo test --workspace --locked

lint:
	cargo fmt --all --check
	cargo clippy --workspace --all-targets --locked -- -D warnings
	sh .ci/arrows
	sh .ci/licences

schema:
	cargo run --quiet --bin jicai -- schema > graphql/schema.graphql

bench:
	cargo bench --locked --bench award

fuzz:
	sh .ci/fuzz 60
