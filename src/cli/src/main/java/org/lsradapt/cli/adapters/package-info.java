/**
 * Commands on the folder of a saved adapter: {@code inspect}; {@code reduce}, {@code convert} and {@code quantize}, which
 * replace it without training; {@code merge}, {@code export} and {@code import}, for other programs.
 *
 * <p>Not API; only for this program.
 */
package org.lsradapt.cli.adapters;
