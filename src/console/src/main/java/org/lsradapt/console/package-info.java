/**
 * Shared by the command lines: the streams, and how bad input and failures become one line on the error
 * stream and an exit code. Bad input ends with exit code 2, an unexpected exception with its stack trace and 1.
 *
 * <p>For the programs of this library alone. Depends on picocli.
 */
package org.lsradapt.console;
