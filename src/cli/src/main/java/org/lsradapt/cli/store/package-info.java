/**
 * The commands of {@code store}, on a file with many adapters.
 *
 * <p>Not API; only for this program.
 */
package org.lsradapt.cli.store;
