package org.lsradapt.spark.internal;

import java.io.IOException;
import java.io.Serializable;
import java.nio.file.Files;
import java.util.regex.Pattern;
import org.apache.hadoop.fs.FileUtil;
import org.apache.hadoop.fs.Path;
import org.apache.spark.SparkEnv;
import org.apache.spark.deploy.SparkHadoopUtil;
import org.lsradapt.models.BaseModel;
import org.lsradapt.transformer.weights.BasePrecision;

/**
 * Locates the base model for each process.
 *
 * @param model a name or path as for {@link BaseModel#load}, or a URI of a folder or file on a Hadoop file system; each
 *     process copies it to its local disk and removes the copy when the process ends
 */
public record BaseReference(String model, BasePrecision precision) implements Serializable {
    private static final Pattern URI = Pattern.compile("[a-zA-Z][a-zA-Z0-9+.-]+:.*");

    public BaseModel load() throws IOException {
        return BaseModel.load(URI.matcher(model).matches() ? copy() : model, precision);
    }

    private String copy() throws IOException {
        Path source = new Path(model);
        java.nio.file.Path folder = Files.createTempDirectory("lsr-base");
        Runtime.getRuntime().addShutdownHook(new Thread(() -> FileUtil.fullyDelete(folder.toFile())));
        java.nio.file.Path copy = folder.resolve(source.getName());
        source.getFileSystem(
                        SparkHadoopUtil.get().newConfiguration(SparkEnv.get().conf()))
                .copyToLocalFile(false, source, new Path(copy.toUri()), true);
        return copy.toString();
    }
}
