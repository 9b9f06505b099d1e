package org.lsradapt.cli;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.lsradapt.cli.command.ConsoleCommand;
import org.lsradapt.cli.command.Names;
import org.lsradapt.cli.command.OverwriteOption;
import org.lsradapt.console.BadInput;
import org.lsradapt.cuda.GpuCheck;
import org.lsradapt.io.internal.AtomicFile;
import org.lsradapt.io.internal.JsonFile;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
        name = "gpu-check",
        sortOptions = false,
        description = "Checks whether an NVIDIA GPU is usable and computes correctly: libraries, device, kernels'"
                + " modules, and a training step and predictions of a small model of each family against the CPU."
                + " All stages run, even after a failure. Exit code 2 unless all pass.")
final class GpuCheckCommand extends ConsoleCommand {

    @Option(
            names = "--json",
            paramLabel = "FILE",
            description = "Also write the results as JSON, with an object for each comparison.")
    @Names(Names.Use.NEW_FILE)
    private Path json;

    @Mixin
    private OverwriteOption unusedOverwrite = new OverwriteOption();

    @Option(
            names = "--speed",
            description = "Also measure the rates of copies and matrix products, and the times of training steps of"
                    + " models of usual sizes.")
    private boolean speed;

    @Override
    protected void execute() throws IOException {
        List<GpuCheck.Stage> stages = GpuCheck.run(speed);
        GpuCheck.print(stages, out());
        if (json != null) {
            String line = JsonFile.line(GpuCheck.report(stages)) + "\n";
            AtomicFile.write(json, line.getBytes(StandardCharsets.UTF_8));
        }
        long failed = stages.stream().filter(stage -> !stage.passed()).count();
        BadInput.throwIf(failed > 0, "gpu-check: " + failed + " of " + stages.size() + " stages failed");
    }
}
