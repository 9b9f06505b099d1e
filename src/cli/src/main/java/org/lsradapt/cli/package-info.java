/**
 * The command line, a class per command; {@code lsr-adapt --help} lists them.
 *
 * <p>{@link org.lsradapt.cli.Main} is all that is public. Bad input ends with one line on the error stream and exit
 * code 2; an unexpected exception, which is a mistake in this library, with its stack trace and exit code 1. What a
 * script may want to read goes to the output stream, progress too, unless it is silenced.
 *
 * <p>Sits on top of all other packages but the integrations with other frameworks.
 */
package org.lsradapt.cli;
