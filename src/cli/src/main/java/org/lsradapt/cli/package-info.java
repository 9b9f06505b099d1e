/**
 * The program {@code lsr-adapt}; its help lists the commands, which are in packages by what they work on.
 *
 * <p>Only {@link org.lsradapt.cli.Main} is API. Bad input ends with one line on the error stream and exit code 2. An
 * unexpected exception, which is a bug in this library, ends with its stack trace and exit code 1. Results and progress go
 * to the output stream; options silence the progress.
 *
 * <p>This package and its subpackages depend on all other packages except the integrations with other frameworks.
 */
package org.lsradapt.cli;
