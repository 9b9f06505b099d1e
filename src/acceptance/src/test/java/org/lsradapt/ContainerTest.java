package org.lsradapt;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.lang.module.ModuleFinder;
import java.lang.module.ModuleReference;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The Java of docs/examples/docker has the modules that the program's own classes use. */
class ContainerTest {
    private static final Path DOCKERFILE = Path.of("docs/examples/docker/Dockerfile");

    @Test
    void runtime_hasTheModulesThatTheProgramUses() throws Exception {
        Matcher modules = Pattern.compile("--add-modules (\\S+)").matcher(Files.readString(DOCKERFILE));
        assertTrue(modules.find(), DOCKERFILE + " makes no runtime");
        Set<String> used = new TreeSet<>();
        for (JavaClass ours : new ClassFileImporter()
                .withImportOption(new ImportOption.DoNotIncludeTests())
                .importPackages("org.lsradapt")) {
            ours.getDirectDependenciesFromSelf().stream()
                    .map(dependency ->
                            dependency.getTargetClass().getBaseComponentType().getName())
                    .filter(name -> name.startsWith("jdk."))
                    .map(ContainerTest::module)
                    .forEach(used::add);
        }
        assertTrue(used.contains("jdk.jfr"), "the program has events: " + used);
        used.removeAll(Set.of(modules.group(1).split(",")));
        assertEquals(Set.of(), used, "modules that " + DOCKERFILE + " does not name");
    }

    private static String module(String type) {
        String name = type.substring(0, type.lastIndexOf('.'));
        return ModuleFinder.ofSystem().findAll().stream()
                .map(ModuleReference::descriptor)
                .filter(module -> module.packages().contains(name))
                .findFirst()
                .orElseThrow()
                .name();
    }
}
