package org.lsradapt.transformer.parts;

/**
 * An embedding table [rows, width].
 *
 * @param name the tensor's full name
 * @param rows number of rows
 * @param width entries per row
 */
public record Table(String name, int rows, int width) {

    /** Checks that the sizes are positive. */
    public Table {
        Sizes.requirePositive("rows of " + name, rows);
        Sizes.requirePositive("width of " + name, width);
    }
}
