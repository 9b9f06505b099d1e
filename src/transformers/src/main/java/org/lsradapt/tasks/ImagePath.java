package org.lsradapt.tasks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import org.lsradapt.tasks.internal.DataRow;
import org.lsradapt.tasks.internal.Quoted;

/**
 * The column of a table that has the paths of pictures, absolute or from the table's folder on.
 *
 * @param column its name
 * @param folder the table's
 */
record ImagePath(String column, Path folder) {

    static ImagePath in(Path table, String column) {
        return new ImagePath(column, table.toAbsolutePath().getParent());
    }

    /** Where a row's picture is; that there is a file is checked. */
    Path of(DataRow row) throws IOException {
        String text = row.text(column);
        Path path;
        try {
            path = folder.resolve(text);
        } catch (InvalidPathException e) {
            throw row.failure(column, "is " + Quoted.value(text) + ", expected the path of a picture");
        }
        if (text.isBlank() || !Files.isRegularFile(path)) {
            throw row.failure(
                    column,
                    "is " + Quoted.value(text) + ", but there is no file " + Quoted.shortened(path.toString())
                            + ", expected the path of a picture, from the table's folder on");
        }
        return path;
    }
}
