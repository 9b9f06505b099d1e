package org.lsradapt.lsr;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Programs that tests run in processes of their own. */
public final class JavaProcess {

    private JavaProcess() {}

    /**
     * The command that runs a class on this process's class path. The programs of tests end within seconds, half of
     * which a JVM would spend on optimizing them; this one leaves that out.
     *
     * @param options options of the JVM
     * @return a new list, to which the program's arguments can be added
     */
    public static List<String> command(Class<?> main, String... options) {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC"));
        command.addAll(List.of(options));
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), main.getName()));
        return command;
    }
}
