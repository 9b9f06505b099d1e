package org.lsradapt;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import java.util.stream.Stream;

/** Where each foreign library lives that a whole module sees. */
@AnalyzeClasses(
        packages = "org.lsradapt",
        importOptions = {ImportOption.DoNotIncludeTests.class, ArchitectureTest.NoFixtures.class})
class LibrariesTest {
    @ArchTest
    static final ArchRule OPENBLAS =
            livesOnlyIn("org.bytedeco.openblas..", "lsr.backend..", "lsr.internal..", "transformer.internal..");

    @ArchTest
    static final ArchRule JAVACPP = livesOnlyIn(
            "org.bytedeco..", "lsr.storage..", "lsr.backend..", "lsr.internal..", "transformer.internal..", "io..");

    /** Most JVMs lack the incubator module: code that needs it is compiled apart and looked up by name. */
    @ArchTest
    static final ArchRule VECTORS = noClasses()
            .that()
            .haveNameNotMatching("org\\.lsradapt\\.lsr\\.backend\\.Vector(Kernels|Memory|Rows)(\\$.*)?")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("jdk.incubator.vector..");

    @ArchTest
    static final ArchRule JNA = livesOnlyIn("com.sun.jna..", "cuda.internal..");

    @ArchTest
    static final ArchRule AUTODIFF = livesOnlyIn("org.nd4j.autodiff..", "samediff..");

    @ArchTest
    static final ArchRule AWT = livesOnlyIn("java.awt..", "images..", "report..", "tasks.images..");

    @ArchTest
    static final ArchRule METADATA_EXTRACTOR = livesOnlyIn("com.drew..", "images..");

    @ArchTest
    static final ArchRule DJL = livesOnlyIn("ai.djl..", "models.internal.tokenizers..");

    @ArchTest
    static final ArchRule PROTOBUF = livesOnlyIn("com.google.protobuf..", "io..");

    @ArchTest
    static final ArchRule EXTJWNL = livesOnlyIn("net.sf.extjwnl..", "tasks.official..");

    @ArchTest
    static final ArchRule H2 = livesOnlyIn("org.h2..", "store.internal..");

    @ArchTest
    static final ArchRule FASTCSV = livesOnlyIn("de.siegmar..", "data.files..");

    @ArchTest
    static final ArchRule JACKSON = livesOnlyIn(
            "com.fasterxml..", "io..", "models..", "data.files..", "adapters..", "report..", "server.internal..");

    private static ArchRule livesOnlyIn(String library, String... rooms) {
        String[] allowed = Stream.of(rooms).map(ArchitectureTest::ours).toArray(String[]::new);
        return noClasses()
                .that()
                .resideOutsideOfPackages(allowed)
                .should()
                .dependOnClassesThat()
                .resideInAPackage(library);
    }
}
