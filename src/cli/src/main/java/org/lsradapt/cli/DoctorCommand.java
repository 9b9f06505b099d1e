package org.lsradapt.cli;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import org.lsradapt.cli.command.ConsoleCommand;
import org.lsradapt.lsr.LibraryVersion;
import org.lsradapt.lsr.backend.Backends;
import org.lsradapt.lsr.internal.InstalledNd4j;
import org.lsradapt.lsr.internal.OpenBlasKernels;
import org.lsradapt.models.internal.hub.HubCache;
import picocli.CommandLine.Command;

@Command(
        name = "doctor",
        sortOptions = false,
        description =
                "Describes this machine, Java and the native libraries in use, as a bug report needs them, and says"
                        + " what makes computing slow or impossible. Exit code 2 if no backend can be loaded.")
final class DoctorCommand extends ConsoleCommand {

    @Override
    protected void execute() {
        print("lsr-adapt %s", LibraryVersion.VERSION);
        print("%s %s %s", property("os.name"), property("os.version"), property("os.arch"));
        print("Java %s, %s, %s", property("java.version"), property("java.vm.name"), property("java.home"));
        long memory =
                ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class).getTotalMemorySize();
        Runtime runtime = Runtime.getRuntime();
        print("processors: %d", runtime.availableProcessors());
        print(
                "memory: %.1f GiB, of which Java's heap takes up to %.1f",
                gibibytes(memory), gibibytes(runtime.maxMemory()));
        print("models: %s", state(HubCache.standard().folder()));
        print("native libraries: %s", state(InstalledNd4j.unpackedInto()));
        Backends.description().forEach(line -> print("%s", line));
        OpenBlasKernels.complaint().ifPresent(complaint -> print("SLOW: %s", complaint));
    }

    private static String property(String name) {
        return System.getProperty(name, "?");
    }

    private static double gibibytes(long bytes) {
        return bytes / 0x1p30;
    }

    private static String state(Path folder) {
        return folder + (Files.isWritable(folder) ? "" : Files.exists(folder) ? " (read-only)" : " (not there yet)");
    }
}
