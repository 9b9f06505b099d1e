package org.lsradapt;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.lang.SimpleConditionEvent.violated;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaMember;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import java.io.PrintStream;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.lsradapt.lsr.AdapterSet;
import org.lsradapt.lsr.AdapterStack;
import org.lsradapt.lsr.InPlaceMerge;
import org.lsradapt.lsr.LayerAdapter;
import org.lsradapt.lsr.StackMemory;
import org.lsradapt.lsr.internal.SplitMix64;
import org.lsradapt.lsr.weights.DenseWeight;
import org.lsradapt.lsr.weights.FrozenWeight;

/** What all code keeps to, whatever its package. */
@AnalyzeClasses(
        packages = "org.lsradapt",
        importOptions = {ImportOption.DoNotIncludeTests.class, ArchitectureTest.NoFixtures.class})
class CodeRulesTest {
    private static final String INTERNAL = "org.lsradapt..internal..";

    /** Contents of a package named internal can change without notice, so no user of the library gets to see them. */
    @ArchTest
    static final ArchRule INTERNAL_TYPES_ARE_IN_NO_PUBLIC_SIGNATURE = classes()
            .that()
            .resideOutsideOfPackage(INTERNAL)
            .and(describe("are seen from outside", CodeRulesTest::isSeen))
            .should(new ArchCondition<>("not expose internal types") {
                @Override
                public void check(JavaClass type, ConditionEvents events) {
                    Stream<JavaClass> supertypes =
                            Stream.concat(type.getRawSuperclass().stream(), type.getRawInterfaces().stream());
                    exposed(type.getName(), supertypes, events);
                    for (JavaMember member : type.getMembers()) {
                        boolean promised = member.getModifiers().contains(JavaModifier.PUBLIC)
                                || member.getModifiers().contains(JavaModifier.PROTECTED);
                        if (promised && !member.getModifiers().contains(JavaModifier.SYNTHETIC)) {
                            exposed(member.getFullName(), member.getAllInvolvedRawTypes().stream(), events);
                        }
                    }
                }
            });

    /** How a frozen weight is stored is its own affair. */
    @ArchTest
    static final ArchRule FROZEN_WEIGHTS_ARE_NOT_READ_AS_ARRAYS =
            noClasses().that().doNotBelongToAnyOf(DenseWeight.class).should().callMethod(DenseWeight.class, "array");

    @ArchTest
    static final ArchRule FROZEN_WEIGHTS_ARE_WRITTEN_BY_ONE = noClasses()
            .that()
            .doNotBelongToAnyOf(InPlaceMerge.class)
            .should()
            .callMethod(FrozenWeight.class, "writable");

    /** The first numbers of neighbouring seeds are almost equal, unless the seeds are mixed. */
    @ArchTest
    static final ArchRule SEEDS_ARE_MIXED = noClasses()
            .that()
            .doNotBelongToAnyOf(SplitMix64.class)
            .should()
            .callConstructor(Random.class)
            .orShould()
            .callConstructor(Random.class, long.class)
            .orShould()
            .callConstructor(SplittableRandom.class, long.class);

    /** A kind of adapter is behind interfaces, also LSR. */
    @ArchTest
    static final ArchRule SETS_DO_NOT_KNOW_WHAT_A_KIND_STACKS = noClasses()
            .that()
            .belongToAnyOf(
                    AdapterSet.class, AdapterStack.class, InPlaceMerge.class, LayerAdapter.class, StackMemory.class)
            .should()
            .dependOnClassesThat()
            .haveNameMatching("org\\.lsradapt\\.lsr\\.(Lsr(Stack|Use)|StackedSums|KroneckerSum|FactorInitializer)");

    /** Files, reports and messages are the same in every locale, also where numbers have other digits. */
    @ArchTest
    static final ArchRule NOTHING_DEPENDS_ON_THE_LOCALE = noClasses()
            .should()
            .callMethod(String.class, "format", String.class, Object[].class)
            .orShould()
            .callMethod(String.class, "formatted", Object[].class)
            .orShould()
            .callMethod(String.class, "toLowerCase")
            .orShould()
            .callMethod(String.class, "toUpperCase")
            .orShould()
            .callMethod(PrintStream.class, "printf", String.class, Object[].class);

    /** The compiler's own text of a record, which is final, has an array's class and address. */
    @ArchTest
    static final ArchRule RECORDS_WITH_ARRAYS_HAVE_TEXTS = classes()
            .that(describe(
                    "are public records with an array",
                    type -> type.isRecord()
                            && isSeen(type)
                            && type.getFields().stream()
                                    .anyMatch(field -> field.getRawType().isArray()
                                            && !field.getModifiers().contains(JavaModifier.STATIC))))
            .and()
            .resideOutsideOfPackage(INTERNAL)
            .should(new ArchCondition<>("have a text of their own") {
                @Override
                public void check(JavaClass type, ConditionEvents events) {
                    if (type.getMethod("toString").getModifiers().contains(JavaModifier.FINAL)) {
                        events.add(violated(type, type.getName() + " has no toString()"));
                    }
                }
            });

    private static boolean isSeen(JavaClass type) {
        return type.getModifiers().contains(JavaModifier.PUBLIC)
                && type.getEnclosingClass().map(CodeRulesTest::isSeen).orElse(true);
    }

    private static void exposed(String where, Stream<JavaClass> types, ConditionEvents events) {
        types.filter(JavaClass.Predicates.resideInAPackage(INTERNAL))
                .forEach(type -> events.add(violated(where, where + " exposes " + type.getName())));
    }
}
