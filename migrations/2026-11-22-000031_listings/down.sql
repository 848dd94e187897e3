DROP INDEX selected_products_lot_name;
DROP INDEX selected_products_name;
DROP TABLE distributor_choices;
DROP TABLE distribution_relations;
DROP TABLE listing_marks;
DROP TABLE listing_prices;
DROP TABLE listings;
