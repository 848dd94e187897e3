DROP TABLE selected_supplies;
DROP TABLE selected_products;
DROP TABLE official_results;
