DROP TABLE price_index_points;
DROP TABLE price_index_publications;
DROP TABLE price_indices;
