"""The music library: files in, clips embedded, an index that finds the clips nearest to a vector."""
