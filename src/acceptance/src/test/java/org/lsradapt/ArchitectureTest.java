package org.lsradapt;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideOutsideOfPackages;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.Source;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.core.importer.Location;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.CompositeArchRule;
import com.tngtech.archunit.lang.syntax.elements.GivenClassesConjunction;
import java.util.Arrays;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.BiFunction;
import java.util.stream.Stream;

/** Which packages and libraries a package may know. Names are below {@code org.lsradapt}. */
@AnalyzeClasses(
        packages = "org.lsradapt",
        importOptions = {ImportOption.DoNotIncludeTests.class, ArchitectureTest.NoFixtures.class})
class ArchitectureTest {

    /** Each package, and the packages that it may know besides itself. The compiler checks modules. */
    private static final String PACKAGES = """
            lsr..: lsr..
            lsr.internal..:
            lsr.storage..: lsr.internal
            lsr.backend..: lsr.storage lsr.internal
            lsr.weights: lsr.storage lsr.backend lsr.internal
            lsr.shared..: lsr lsr.kronecker lsr.weights lsr.backend lsr.internal
            lsr.kronecker: lsr.backend lsr.internal
            lsr.numerics..: lsr lsr.kronecker lsr.weights lsr.shared lsr.backend lsr.internal
            lsr.planning..: lsr lsr.kronecker lsr.weights lsr.numerics lsr.internal
            baselines..: lsr lsr.kronecker lsr.weights lsr.backend lsr.internal
            transformer.parts..: transformer.parts
            transformer.inputs: transformer.parts lsr.backend lsr.internal
            transformer.weights: transformer.parts lsr..
            transformer..: lsr..
            objectives..: lsr.. transformer..
            families..: transformer.parts io
            images..: lsr.internal transformer.inputs transformer.parts io
            data: data.metrics images io lsr.internal data.rules data.files
            data.metrics: data.rules lsr.internal
            data.checks: data data.rules data.files io.internal lsr.internal
            data.rules: lsr.internal
            data.files: data.rules
            retrieval..: data.. lsr.internal
            training..: lsr.. transformer.. objectives.. data data.metrics io..
            io..: lsr.internal lsr.storage
            tasks.description: io families objectives.. transformer.inputs transformer.parts lsr.backend lsr.internal
            models..: lsr.. transformer.. objectives.. families.. images io.. tasks.description
            models.internal.chat..:
            models.internal.cards..: lsr lsr.internal io.internal
            models.internal.tokenizers..: lsr.internal transformer.inputs transformer.parts io io.internal
            models.internal.gguf..: models.internal.chat lsr.internal lsr.storage families transformer.parts io io.internal
            models.internal.weights..: lsr.storage transformer.weights transformer.parts families io io.internal
            adapters..: baselines.. lsr.. transformer.. objectives.. families.. models models.internal.gguf \
                models.internal.cards tasks.description io..
            serving..: lsr.. transformer.. objectives.. models tasks.description adapters..
            finetuning..: lsr.. transformer.. objectives.. models data data.metrics data.checks tasks.description \
                training.. adapters serving.. io..
            tasks.official: data.. finetuning retrieval tasks.. transformer lsr.internal
            report..: lsr.. data data.metrics data.checks finetuning.. tasks.. training.. images io..
            runs..: lsr.. transformer.. images adapters models.. data data.metrics training.. finetuning.. report..
            springai..: lsr.. finetuning tasks.. store adapters models serving objectives.. transformer..
            store: store.internal adapters serving models data.. tasks.. training.. finetuning lsr..
            store.internal..:
            server.internal.http: serving
            server.internal.models: server.internal.http store serving adapters models objectives.. training.. \
                finetuning tasks.. transformer.. lsr.backend lsr.internal
            cuda: cuda.internal.. io.. lsr lsr.weights lsr.backend lsr.internal objectives training transformer..
            cuda.internal: cuda.internal.kernels
            cuda.internal.kernels: cuda.internal
            cuda.internal.pass: cuda.internal cuda.internal.kernels lsr.. transformer..
            cuda.internal.models: cuda.internal.. families io.. lsr.. objectives.. training.. transformer..
            """;

    /** Libraries, and the packages that may know them; after a sign, the only packages that may not. */
    private static final String LIBRARIES = """
            java.awt..: images.. report.. tasks.images..
            javax.imageio.. javax.sql.. jdk.jfr.. org.slf4j..: \
                ! transformer.parts.. families.. store.internal.. cuda.internal cuda.internal.kernels
            org.jspecify.annotations..: ! transformer.parts.. families..
            org.nd4j..: \
                ! transformer.parts.. families.. store.internal.. cuda.internal cuda.internal.kernels data..
            org.nd4j.autodiff..: samediff..
            org.deeplearning4j..: dl4j..
            org.bytedeco..: lsr.storage.. lsr.backend.. lsr.internal.. transformer.internal.. io..
            org.bytedeco.openblas.. org.bytedeco.dnnl..: lsr.backend.. lsr.internal.. transformer.internal..
            jdk.incubator.vector..: lsr.backend..
            com.sun.management..: lsr.internal cli
            com.sun.jna..: cuda.internal..
            com.drew..: images..
            ai.djl..: models.internal.tokenizers..
            com.google.protobuf..: io..
            com.fasterxml..: io.. models models.internal.chat.. models.internal.cards.. models.internal.tokenizers.. \
                models.internal.gguf.. models.internal.hub.. data.files.. adapters.. report.. server.internal.http server.internal.doors
            de.siegmar..: data.files..
            net.sf.extjwnl..: tasks.official..
            j2html..: report..
            org.h2..: store.internal..
            io.netty..: server server.internal.http server.internal.doors
            io.micrometer..: server server.internal.doors springai.. cli..
            org.springframework.. reactor..: springai..
            dev.langchain4j..: langchain4j..
            org.apache.. scala..: spark..
            picocli.. org.jline.. me.tongfei..: cli.. console.. spark
            """;

    /** Fixtures are tests, whose module has them as its code. */
    static final class NoFixtures implements ImportOption {
        @Override
        public boolean includes(Location location) {
            return !location.contains("testing");
        }
    }

    @ArchTest
    static final ArchRule PACKAGES_HAVE_NO_CYCLES =
            slices().matching("org.lsradapt.(**)").should().beFreeOfCycles();

    @ArchTest
    static final ArchRule PACKAGES_KNOW_ONLY = rows(PACKAGES, ArchitectureTest::knowsOnly);

    @ArchTest
    static final ArchRule LIBRARIES_ARE_KNOWN_ONLY_TO = rows(LIBRARIES, ArchitectureTest::isKnownOnlyTo);

    @ArchTest
    static final ArchRule NO_OTHER_LIBRARIES = classes()
            .should()
            .onlyDependOnClassesThat()
            .resideInAnyPackage(Stream.concat(
                            Stream.of("java..", "org.lsradapt.."),
                            LIBRARIES.lines().flatMap(row -> Stream.of(row.split(": ")[0].split(" "))))
                    .toArray(String[]::new));

    /** Most JVMs lack the incubator module: code that needs it is compiled apart and looked up by name. */
    @ArchTest
    static final ArchRule VECTORS = noClasses()
            .that()
            .haveNameNotMatching("org\\.lsradapt\\.lsr\\.backend\\.Vector(Kernels|Memory|Rows)(\\$.*)?")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("jdk.incubator.vector..");

    /** A reader takes in the names of a package at once. */
    @ArchTest
    static void packages_haveAtMostThirtyFiles(JavaClasses classes) {
        Map<String, Set<String>> files = new TreeMap<>();
        classes.stream()
                .filter(type -> !type.getSimpleName().equals("package-info"))
                .forEach(type -> files.computeIfAbsent(type.getPackageName(), name -> new TreeSet<>())
                        .add(type.getSource().flatMap(Source::getFileName).orElseThrow()));
        files.values().removeIf(names -> names.size() <= 30);
        assertEquals(Map.of(), files);
    }

    private static ArchRule rows(String table, BiFunction<String, String, ArchRule> rule) {
        return CompositeArchRule.of(table.lines()
                .map(row -> row.split(":", 2))
                .map(row -> rule.apply(row[0], row[1].strip()))
                .toList());
    }

    private static ArchRule knowsOnly(String name, String others) {
        return noClasses()
                .that()
                .resideInAnyPackage(ours(name))
                .should()
                .dependOnClassesThat(
                        resideInAPackage("org.lsradapt..").and(resideOutsideOfPackages(ours(name + " " + others))));
    }

    private static ArchRule isKnownOnlyTo(String libraries, String names) {
        String[] packages = ours(names.replaceFirst("^! ", ""));
        GivenClassesConjunction some = names.startsWith("!")
                ? noClasses().that().resideInAnyPackage(packages)
                : noClasses().that().resideOutsideOfPackages(packages);
        return some.should().dependOnClassesThat().resideInAnyPackage(libraries.split(" "));
    }

    private static String[] ours(String packages) {
        return Arrays.stream(packages.split(" +"))
                .map(name -> "org.lsradapt." + name)
                .toArray(String[]::new);
    }
}
