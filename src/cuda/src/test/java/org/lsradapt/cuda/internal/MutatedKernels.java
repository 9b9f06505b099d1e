package org.lsradapt.cuda.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.lsradapt.cuda.internal.kernels.KernelSources;
import org.lsradapt.cuda.interpreter.DeviceFault;
import org.lsradapt.cuda.interpreter.InterpretedDriver;

/**
 * Mistakes in kernels that the checks have to find: a wrong number, or a fault that only the interpreter sees. Whoever
 * changes a kernel runs it, by {@code mvn test -Dtest=MutatedKernels}, and so does the workflow; the build does not.
 */
class MutatedKernels {

    /** One instruction of a kernel, the first that fits, becomes another. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "kronecker | kronecker_materialize_f32 | setp\\.ge\\.s64 | setp.gt.s64 | one thread too many",
                "kronecker | kronecker_materialize_f32 | setp\\.ge\\.s64 | setp.le.s64 | no thread that should",
                "kronecker | kronecker_materialize_f32 | mul\\.wide\\.u32 (.*), 128; | mul.wide.u32 $1, 127; | overlapping blocks",
                "kronecker | kronecker_materialize_f32 | rem\\.s32 | div.s32 | another digit",
                "kronecker | kronecker_materialize_f32 | fma\\.rn\\.f32 | mul.f32 | a term without the sum",
                "kronecker | kronecker_gradient_f32 | setp\\.ge\\.s32 | setp.gt.s32 | a warp too many",
                "kronecker | kronecker_gradient_f32 | bfly\\.b32 | up.b32 | another lane",
                "kronecker | kronecker_gradient_f32 | add\\.f32 | sub.f32 | a difference",
                "kronecker | kronecker_gradient_f32 | add\\.s64 (.*), %(.*), 32;\\s*setp | add.s64 $1, %$2, 31; setp | elements twice",
                "kronecker | kronecker_gradient_f32 | setp\\.gt\\.s32 | setp.ge.s32 | another factor",
                "kronecker | kronecker_gradient_f32 | setp\\.ne\\.s32 | setp.eq.s32 | the other lanes write",
                "elements | cast_to_bf16 | setp\\.ge\\.s32 | setp.gt.s32 | one thread too many",
                "elements | cast_to_bf16 | and\\.b32 (.*), 1; | and.b32 $1, 0; | ties away from the even number",
                "elements | activation_gradient_f32 | sub\\.f32 | add.f32 | another sign",
                "elements | gated_f32 | setp\\.ge\\.s32 | setp.gt.s32 | one number too many",
                "elements | gated_gradient_f32 | sub\\.f32 | add.f32 | another sign",
                "elements | drop_f32 | setp\\.lt\\.u64 | setp.gt.u64 | kept where it should be dropped",
                "elements | drop_f32 | xor\\.b64 | or.b64 | another hash",
                "elements | fill_rows_f32 | sub\\.s32 | add.s32 | another column",
                "elements | scale_columns_f32 | setp\\.ge\\.s32 | setp.gt.s32 | one number too many",
                "elements | scale_columns_f32 | rem\\.s32 | div.s32 | another column",
                "rows | gather_f32 | ld\\.global\\.u32 (.*), \\[(.*)]; | mov.u32 $1, 0; | always the first row",
                "rows | scatter_f32 | setp\\.ge\\.s32 | setp.gt.s32 | one column too many",
                "rows | add_norm_f32 | bar\\.sync 0;(\\s+ld\\.shared) | $1 | no barrier before partial sums are read",
                "rows | add_norm_f32 | bar\\.sync 0;(\\s+ld\\.shared) | $1 | no barrier before partial sums are read",
                "rows | norm_gradient_f32 | bar\\.sync 0;(\\s+ld\\.shared) | $1 | no barrier before partial sums are read",
                "rows | norm_gradient_f32 | setp\\.ge\\.s32 | setp.gt.s32 | one number too many",
                "attention | rotate_f32 | setp\\.ge\\.s32 | setp.gt.s32 | one pair too many",
                "attention | rotate_f32 | sub\\.s32 | add.s32 | another head",
                "attention | rotate_f32 | sub\\.f32 | add.f32 | turned the other way",
                "attention | attention_f32 | bar\\.sync 0; | | no barrier before the query is read",
                "attention | attention_f32 | max\\.f32 | min.f32 | not the largest score",
                "attention | attention_f32 | setp\\.ge\\.s32 | setp.gt.s32 | one key too many",
                "attention | attention_f32 | bfly\\.b32(.*;\\s+.*;\\s+add\\.f32) | up.b32$1 | another lane",
                "attention | attention_query_gradient_f32 | bar\\.sync 0;(\\s+ld\\.shared) | $1 | no barrier before partial sums are read",
                "attention | attention_query_gradient_f32 | sub\\.f32 | add.f32 | another sign",
                "attention | attention_key_gradient_f32 | bar\\.sync 0; | | no barrier between chunks",
                "attention | attention_key_gradient_f32 | bar\\.sync 0;(\\s+sub) | $1 | no barrier before weights are read",
                "attention | attention_key_gradient_f32 | add\\.s32 (.*), 128; | add.s32 $1, 127; | queries twice",
                "attention | attention_relative_gradient_f32 | bar\\.sync 0; | | no barrier between chunks",
                "attention | attention_relative_gradient_f32 | bar\\.sync 0;(\\s+sub) | $1 | no barrier before weights are read",
                "attention | attention_relative_gradient_f32 | setp\\.ge\\.s32 | setp.gt.s32 | one query too many",
                "attention | attention_relative_gradient_f32 | setp\\.lt\\.s32 | setp.le.s32 | not the first key",
                "tiles_bf16 | tiled_attention_32_bf16 | bar\\.sync 0;(\\s+shr) | $1 | no barrier before a tile is overwritten",
                "tiles_bf16 | tiled_attention_32_bf16 | bar\\.sync 0;(\\s+add) | $1 | no barrier before a tile is read",
                "tiles_bf16 | tiled_attention_32_bf16 | setp\\.ge\\.s32 | setp.gt.s32 | one query too many",
                "tiles_bf16 | tiled_attention_32_bf16 | min\\.s32 | max.s32 | what a query behind the last sees",
                "tiles_bf16 | tiled_attention_32_bf16 | setp\\.lt\\.s32 | setp.le.s32 | numbers behind a head",
                "tiles_bf16 | tiled_attention_32_bf16 | (bar\\.sync[\\s\\S]*?)setp\\.lt\\.s32 | $1setp.le.s32 | one key too many is read",
                "tiles_bf16 | tiled_attention_32_bf16 | (ldmatrix[\\s\\S]*?)setp\\.gt\\.s32 | $1setp.ge.s32 | no bias of the first key",
                "tiles_bf16 | tiled_attention_32_bf16 | (leu\\.f32[\\s\\S]*?)setp\\.gt\\.s32 | $1setp.ge.s32 | not the first key",
                "tiles_bf16 | tiled_attention_32_bf16 | (leu\\.f32[\\s\\S]*?)setp\\.le\\.s32 | $1setp.lt.s32 | one key too many",
                "tiles_bf16 | tiled_attention_32_bf16 | setp\\.le\\.s32 | setp.ge.s32 | not the keys that are seen",
                "tiles_bf16 | tiled_attention_32_bf16 | cvt\\.rn\\.bf16x2\\.f32 (.*), (.*), (.*); | cvt.rn.bf16x2.f32 $1, $3, $2; | neighbours exchanged",
                "tiles_bf16 | tiled_attention_32_bf16 | mma(.*), \\{(%r\\d+), (%r\\d+)\\} | mma$1, {$3, $2} | halves of a product exchanged",
                "tiles_bf16 | tiled_attention_32_bf16 | x4\\.trans | x4 | values not transposed",
                "tiles_bf16 | tiled_attention_32_bf16 | mov\\.u32 (.*), 1;(\\s+mov\\.u32 .*, -1;\\s+shfl) | mov.u32 $1, 4;$2 | the largest score of other queries",
                "tiles_bf16 | tiled_attention_32_bf16 | (bar\\.sync[\\s\\S]*?)add\\.s32 (.*), 64; | $1add.s32 $2, 48; | keys twice",
                "tiles_bf16 | tiled_query_gradient_32_bf16 | bar\\.sync 0; | | no barrier before a tile is overwritten",
                "tiles_bf16 | tiled_query_gradient_32_bf16 | (bar\\.sync 0;[\\s\\S]*?)bar\\.sync 0; | $1 | no barrier before a tile is read",
                "tiles_bf16 | tiled_query_gradient_32_bf16 | sub\\.f32 | add.f32 | another sign",
                "tiles_bf16 | tiled_query_gradient_32_bf16 | x4\\.trans | x4 | keys not transposed",
                "tiles_bf16 | tiled_query_gradient_32_bf16 | (bar\\.sync 0;[\\s\\S]*?bar\\.sync 0;[\\s\\S]*?)setp\\.le\\.s32 | $1setp.gt.s32 | not the keys that are seen",
                "tiles_bf16 | tiled_key_gradient_32_bf16 | bar\\.sync 0; | | no barrier before a tile is overwritten",
                "tiles_bf16 | tiled_key_gradient_32_bf16 | (bar\\.sync 0;[\\s\\S]*?)bar\\.sync 0; | $1 | no barrier before a tile is read",
                "tiles_bf16 | tiled_key_gradient_32_bf16 | neg\\.s32 | mov.u32 | another key",
                "tiles_bf16 | tiled_key_gradient_32_bf16 | ld\\.shared\\.f32 (.*), \\[(%rd\\d+)];(\\s+sub) | ld.shared.f32 $1, [$2+4];$3 | another query's logarithm",
                "tiles_bf16 | tiled_key_gradient_32_bf16 | add\\.s32 (%r\\d+), \\1, 1; | add.s32 $1, $1, 2; | not all queries' heads",
                "tiles_bf16 | tiled_key_gradient_64_bf16 | x4\\.trans | x4 | gradients not transposed",
                "tiles_bf16 | tiled_key_gradient_128_bf16 | (bar\\.sync 0;[\\s\\S]*?)bar\\.sync 0; | $1 | no barrier before a tile is read",
                "tiles_tf32 | tiled_attention_32_tf32 | bar\\.sync 0; | | no barrier before a tile is overwritten",
                "tiles_tf32 | tiled_attention_32_tf32 | mma(.*), \\{(%r\\d+), (%r\\d+)\\} | mma$1, {$3, $2} | numbers of a row exchanged",
                "tiles_tf32 | tiled_key_gradient_128_tf32 | sub\\.f32 | add.f32 | another sign",
                "tiles_f32 | tiled_attention_32_f32 | bar\\.sync 0; | | no barrier before a tile is overwritten",
                "tiles_f32 | tiled_attention_32_f32 | shfl\\.sync\\.idx | shfl.sync.bfly | another lane's weight",
                "tiles_f32 | tiled_query_gradient_64_f32 | shfl\\.sync\\.bfly | shfl.sync.up | another lane's part",
                "tiles_f32 | tiled_key_gradient_128_f32 | sub\\.f32 | add.f32 | another sign",
                "elements | drop_bf16 | setp\\.lt\\.u64 | setp.gt.u64 | kept where it should be dropped",
                "rows | add_norm_f32 | st\\.global\\.u16(.*); | mov.u32 %r1, %r1; | nothing rounded",
                "losses | cross_entropy_f32 | bar\\.sync 0;(\\s+ld\\.shared) | $1 | no barrier before partial sums are read",
                "losses | cross_entropy_f32 | setp\\.eq\\.s32 | setp.ne.s32 | all but the target",
                "losses | cross_entropy_f32 | max\\.f32 | min.f32 | not the largest logit",
                "blocks | widen_q8_0_f32 | setp\\.ge\\.s64 | setp.gt.s64 | one number too many",
                "blocks | widen_q8_0_f32 | shr\\.u64 (.*), 5; | shr.u64 $1, 6; | another block",
                "blocks | widen_q4_0_f32 | and\\.b32 (.*), 15; | and.b32 $1, 7; | fewer bits of a level",
                "blocks | widen_q4_0_f32 | add\\.s32 (.*), -8; | add.s32 $1, -7; | another zero",
                "blocks | widen_q8_0_bf16 | add\\.s32 (%r\\d+, %r\\d+, %r\\d+;) | sub.s32 $1 | ties to the odd number",
                "tiles_tf32 | tiled_attention_128_tf32 | (\\+96];\\s+)fma\\.rn\\.f32 (%f\\d+, %f\\d+, %f\\d+), %f\\d+; | $1mul.f32 $2; | a key that is not finite",
                "tiles_bf16 | tiled_attention_128_bf16 | (selp\\.f32 %f\\d+, 0fF149F2CA.*;\\s+)max\\.f32 | $1min.f32 | not the largest score",
                "tiles_f32 | tiled_query_gradient_128_f32 | (or\\.b32 %r\\d+, %r\\d+, 112;\\s+)setp\\.lt\\.s32 | $1setp.le.s32 | numbers behind a head",
            })
    void mutatedKernel_isFound(String module, String kernel, String from, String to, String what) {
        String ptx = KernelSources.ptx(module).replaceAll("[ \t]+", " ");
        int begin = ptx.indexOf(".entry " + kernel + "(");
        Matcher instruction = Pattern.compile(from).matcher(ptx);
        assertTrue(begin >= 0 && instruction.find(begin), "no " + from + " in " + kernel);
        int line = ptx.indexOf('\n', instruction.start());
        String mutated = ptx.substring(0, instruction.start())
                + instruction.group().replaceFirst(from, to == null ? "" : to)
                + ptx.substring(instruction.end());
        assertFalse(mutated.equals(ptx), ptx.substring(instruction.start(), line));
        assertTrue(isFound(module, kernel, mutated), what + " in " + kernel + " was not found");
    }

    /** A check that fails. */
    private static final class Failed extends RuntimeException {
        private static final long serialVersionUID = 1;
    }

    private static boolean isFound(String module, String kernel, String mutated) {
        Findings findings = new Findings(finding -> {
            if (!finding.passed()) {
                assertEquals(kernel, finding.what());
                throw new Failed();
            }
        });
        try (Device device = new InterpretedDriver().open(0)) {
            Checks.kernels(device, module, mutated, findings);
            return false;
        } catch (DeviceFault fault) {
            assertTrue(fault.getMessage().contains(kernel), fault.getMessage());
            return true;
        } catch (Failed failed) {
            return true;
        }
    }

    /** Instructions, and what each may become; an empty text deletes it. */
    private static final String[][] CHANGES = {
        {"st\\.(global|shared)[^;]*;", ""},
        {"bar\\.sync 0;", ""},
        {"setp\\.ge\\.", "setp.gt."},
        {"setp\\.gt\\.", "setp.ge."},
        {"setp\\.lt\\.", "setp.le."},
        {"setp\\.le\\.", "setp.lt."},
        {"setp\\.eq\\.", "setp.ne."},
        {"setp\\.ne\\.", "setp.eq."},
        {"add\\.([sf](32|64)) ", "sub.$1 "},
        {"sub\\.([sf](32|64)) ", "add.$1 "},
        {"fma\\.rn\\.(f(32|64)) (%\\w+), (%\\w+), ([^,]+), [^;]+;", "mul.$1 $3, $4, $5;"},
        {"mul\\.(f(32|64)) ", "add.$1 "},
        {"max\\.([sf]32) ", "min.$1 "},
        {"min\\.([sf]32) ", "max.$1 "},
        {"(add|shl)\\.([sb](32|64)) (%\\w+), (%\\w+), ([1-9]\\d*);", "$1.$2 $4, $5, 1$6;"},
    };

    /** Random changes of one instruction each: how many are found, by kind, and those that are not. */
    @Test
    @EnabledIfSystemProperty(
            named = "lsr.cuda.mutants",
            matches = "\\d+",
            disabledReason = "takes a second or two a mutant: -Dlsr.cuda.mutants=COUNT")
    void randomMutants_areFound() {
        Random random = new Random(Long.getLong("lsr.cuda.seed", 1));
        Map<String, int[]> found = new TreeMap<>();
        for (int i = Integer.getInteger("lsr.cuda.mutants"); i > 0; ) {
            String module = KernelSources.MODULES.get(random.nextInt(KernelSources.MODULES.size()));
            String[] change = CHANGES[random.nextInt(CHANGES.length)];
            String ptx = KernelSources.ptx(module).replaceAll("[ \t]+", " ");
            List<MatchResult> places =
                    Pattern.compile(change[0]).matcher(ptx).results().toList();
            if (places.isEmpty()) {
                continue;
            }
            i--;
            MatchResult place = places.get(random.nextInt(places.size()));
            String instruction = place.group().replaceFirst(change[0], change[1]);
            String mutated = ptx.substring(0, place.start()) + instruction + ptx.substring(place.end());
            int entry = ptx.lastIndexOf(".entry ", place.start()) + ".entry ".length();
            String kernel = ptx.substring(entry, ptx.indexOf('(', entry));
            int[] counts = found.computeIfAbsent(change[0], name -> new int[2]);
            counts[1]++;
            if (isFound(module, kernel, mutated)) {
                counts[0]++;
            } else {
                System.out.println(kernel + ", line "
                        + ptx.substring(entry, place.start()).lines().count() + ": " + place.group() + " -> "
                        + instruction);
            }
        }
        found.forEach((change, counts) -> System.out.println(counts[0] + " of " + counts[1] + ": " + change));
        assertTrue(
                found.getOrDefault(CHANGES[0][0], new int[2])[0] == found.getOrDefault(CHANGES[0][0], new int[2])[1]);
    }
}
