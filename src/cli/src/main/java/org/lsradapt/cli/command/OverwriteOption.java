package org.lsradapt.cli.command;

import picocli.CommandLine.Option;

/** The option that lets an output file replace one that exists. */
public final class OverwriteOption {
    @Option(names = PathCheck.OVERWRITE, description = "Replace the output file if it exists.")
    private boolean unusedOverwrite;
}
