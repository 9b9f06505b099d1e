package org.lsradapt.spark;

import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.NoSuchElementException;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.io.compress.CompressionCodec;
import org.apache.hadoop.io.compress.CompressionCodecFactory;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.deploy.SparkHadoopUtil;
import org.apache.spark.ml.linalg.SQLDataTypes;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.lsradapt.data.DataFormat;
import org.lsradapt.data.DelimitedRows;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.spark.internal.Unchecked;

/**
 * Reads and writes the tables of Spark's commands. The reader of the other commands reads CSV and TSV: Spark's own reader
 * turns empty strings into null, and skips empty lines and text after a closing quote.
 */
final class SparkTables {
    private SparkTables() {}

    /** The format of a path's extension; empty for Parquet. */
    static Optional<DataFormat> format(String path) {
        String name = new Path(path).getName().toLowerCase(Locale.ROOT);
        return switch (name.substring(name.lastIndexOf('.') + 1)) {
            case "csv" -> Optional.of(DataFormat.CSV);
            case "tsv" -> Optional.of(DataFormat.TSV);
            case "json", "jsonl" -> Optional.of(DataFormat.JSON_LINES);
            default -> Optional.empty();
        };
    }

    /**
     * Reads a table. One task reads each CSV or TSV file, when an action needs the rows.
     *
     * @param path a file, a folder of files or a Hadoop pattern, on any Hadoop file system
     * @throws IOException if there is no file, or the header is missing
     */
    static Dataset<Row> read(SparkSession spark, String path) throws IOException {
        Optional<DataFormat> format = format(path);
        if (format.isEmpty()) {
            return spark.read().parquet(path);
        }
        return format.get() == DataFormat.JSON_LINES ? spark.read().json(path) : rows(spark, path, format.get());
    }

    private static Dataset<Row> rows(SparkSession spark, String path, DataFormat format) throws IOException {
        List<String> files = files(new Path(path));
        String first = files.get(0);
        List<String> columns = new ArrayList<>();
        try (DelimitedRows table = open(first, format)) {
            columns.addAll(table.columns());
        }
        StructType schema = new StructType();
        for (String column : columns) {
            schema = schema.add(column, DataTypes.StringType);
        }
        JavaRDD<Row> rows = JavaSparkContext.fromSparkContext(spark.sparkContext())
                .parallelize(files, files.size())
                .flatMap(file -> new Rows(file, format, first, columns));
        return spark.createDataFrame(rows, schema);
    }

    private static List<String> files(Path path) throws IOException {
        FileSystem system = path.getFileSystem(hadoop());
        FileStatus[] found = system.exists(path)
                ? new FileStatus[] {system.getFileStatus(path)}
                : Optional.ofNullable(system.globStatus(path)).orElseGet(() -> new FileStatus[0]);
        List<String> files = new ArrayList<>();
        for (FileStatus one : found) {
            if (one.isFile()) {
                files.add(one.getPath().toString());
            } else {
                addFiles(system, one.getPath(), files);
            }
        }
        if (files.isEmpty()) {
            throw new IOException(path + ": there is no such file, nor a folder with a file that is not empty");
        }
        return files;
    }

    /** Adds a folder's files without empty ones, which empty partitions leave, and hidden ones. */
    private static void addFiles(FileSystem system, Path folder, List<String> files) throws IOException {
        FileStatus[] content = system.listStatus(folder);
        Arrays.sort(content);
        for (FileStatus file : content) {
            if (file.getPath().getName().matches("[._].*")) {
                continue;
            }
            if (file.isDirectory()) {
                throw new IOException(file.getPath() + ": this is a folder in a table's folder, expected files");
            }
            if (file.getLen() > 0) {
                files.add(file.getPath().toString());
            }
        }
    }

    private static Configuration hadoop() {
        return SparkHadoopUtil.get().conf();
    }

    /** Opens a file and reads its header; decompresses it by the codec of its extension. */
    private static DelimitedRows open(String file, DataFormat format) throws IOException {
        Path path = new Path(file);
        CompressionCodec codec = new CompressionCodecFactory(hadoop()).getCodec(path);
        InputStream in = path.getFileSystem(hadoop()).open(path);
        return DelimitedRows.open(codec == null ? in : codec.createInputStream(in), file, format);
    }

    /** The rows of a file in a task; closes the file when the task ends. */
    private static final class Rows implements Iterator<Row> {
        private final DelimitedRows table;
        private Optional<List<String>> next;

        Rows(String file, DataFormat format, String first, List<String> columns) throws IOException {
            table = open(file, format);
            TaskContext.get().addTaskCompletionListener(context -> {
                Unchecked.io(() -> {
                    table.close();
                    return null;
                });
            });
            if (!table.columns().equals(columns)) {
                throw new IOException(file + ": the header has the columns " + table.columns() + ", expected those of "
                        + first + ": " + columns);
            }
            next = table.next();
        }

        @Override
        public boolean hasNext() {
            return next.isPresent();
        }

        @Override
        public Row next() {
            Row row = RowFactory.create(
                    next.orElseThrow(NoSuchElementException::new).toArray());
            next = Unchecked.io(table::next);
            return row;
        }
    }

    /** Writes a table by the path's extension: vectors as arrays in JSON; CSV and TSV refuse what they cannot have. */
    static void write(Dataset<Row> rows, String path) {
        Optional<DataFormat> format = format(path);
        if (format.isEmpty()) {
            rows.write().parquet(path);
        } else if (format.get() == DataFormat.JSON_LINES) {
            rows.select(Arrays.stream(rows.schema().fields())
                            .map(SparkTables::withoutVector)
                            .toArray(Column[]::new))
                    .write()
                    .json(path);
        } else {
            for (StructField field : rows.schema().fields()) {
                Require.argument(
                        !(field.dataType() instanceof ArrayType) && !isVector(field),
                        "%s: column '%s' holds %s, expected a name with .json, or without extension for Parquet",
                        path,
                        field.name(),
                        field.dataType().simpleString());
            }
            rows.write()
                    .option("header", true)
                    .option("sep", format.get() == DataFormat.TSV ? "\t" : ",")
                    .option("escape", "\"")
                    .option("ignoreLeadingWhiteSpace", false)
                    .option("ignoreTrailingWhiteSpace", false)
                    .csv(path);
        }
    }

    private static boolean isVector(StructField field) {
        return field.dataType().equals(SQLDataTypes.VectorType());
    }

    private static Column withoutVector(StructField field) {
        Column column = LsrEstimator.quoted(field.name());
        return isVector(field)
                ? org.apache
                        .spark
                        .ml
                        .functions
                        .vector_to_array(column, "float64")
                        .as(field.name())
                : column;
    }
}
