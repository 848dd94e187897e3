DROP TABLE added_packs;
