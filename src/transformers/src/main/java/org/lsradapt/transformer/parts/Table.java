package org.lsradapt.transformer.parts;

import java.util.List;

/**
 * An embedding table [rows, width].
 *
 * @param name the tensor's full name
 * @param rows number of rows
 * @param width entries per row
 * @param fileShape the shape in files, such as [1, rows, width]
 */
public record Table(String name, int rows, int width, List<Long> fileShape) {

    /** Checks that the sizes are positive and that both shapes have the same number of elements. */
    public Table {
        Sizes.requirePositive("rows of " + name, rows);
        Sizes.requirePositive("width of " + name, width);
        fileShape = List.copyOf(fileShape);
        Sizes.require(
                fileShape.stream().reduce(1L, Math::multiplyExact) == (long) rows * width,
                name + " is " + fileShape + " in files, expected " + rows + " times " + width + " numbers");
    }

    /** Creates a table that is [rows, width] in files. */
    public Table(String name, int rows, int width) {
        this(name, rows, width, List.of((long) rows, (long) width));
    }
}
