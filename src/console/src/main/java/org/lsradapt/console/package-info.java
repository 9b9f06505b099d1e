/**
 * Shared by the command lines: the streams, and the conversion of bad input and failures to one line on the error stream and
 * an exit code. Bad input ends with exit code 2, an unexpected exception with its stack trace and 1.
 *
 * <p>Only for the programs of this library. Depends on picocli.
 */
package org.lsradapt.console;
