/**
 * The parts that commands share: their base class, the check of the files and folders that they name, and options that
 * commands of several packages have.
 *
 * <p>Not API; only for this program. Depends on no other package of the command line.
 */
package org.lsradapt.cli.command;
