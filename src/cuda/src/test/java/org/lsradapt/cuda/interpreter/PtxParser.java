package org.lsradapt.cuda.interpreter;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads PTX as NVIDIA's compiler writes it. An instruction that it does not know is refused by name. */
final class PtxParser {
    private static final Pattern ENTRY = Pattern.compile(
            "\\.visible\\s+\\.entry\\s+(\\w+)\\s*\\(([^)]*)\\)\\s*((?:\\.\\w+[^{]*)?)\\{", Pattern.DOTALL);
    private static final Pattern PARAMETER = Pattern.compile("\\.param\\s+\\.([usfb])(\\d+)\\s+(\\w+)");
    private static final Pattern ARRAY =
            Pattern.compile("\\.(shared|local)\\s+\\.align\\s+(\\d+)\\s+\\.b8\\s+(\\w+)\\[(\\d+)]");
    private static final Pattern INSTRUCTION =
            Pattern.compile("(?:@(!?)(%\\w+)\\s+)?([a-z][\\w.]*(?:::[\\w.]+)?)\\s*(.*)", Pattern.DOTALL);
    private static final Pattern THREADS = Pattern.compile("\\.maxntid (\\d+)");

    private final Map<String, Integer> rows = new LinkedHashMap<>();
    private final Map<String, Integer> parameters = new HashMap<>();
    private final Map<String, Long> symbols = new HashMap<>();
    private final List<Kernel.Constant> constants = new ArrayList<>();
    private final List<Kernel.Special> specials = new ArrayList<>();
    private final Map<String, Integer> labels = new HashMap<>();
    private int sharedBytes;
    private int localBytes;

    private PtxParser() {}

    /** Parsers of a text's kernels, by their names: a module has many more kernels than one model runs. */
    static Map<String, Supplier<Kernel>> parse(String ptx) {
        String text = ptx.replaceAll("//[^\n]*", "");
        Map<String, Supplier<Kernel>> kernels = new LinkedHashMap<>();
        Matcher entry = ENTRY.matcher(text);
        int from = 0;
        while (entry.find(from)) {
            int end = text.indexOf("\n}", entry.end());
            String name = entry.group(1);
            String head = entry.group(2);
            String directives = entry.group(3);
            String body = text.substring(entry.end(), end);
            kernels.put(name, () -> new PtxParser().kernel(name, head, directives, body));
            from = end;
        }
        if (!text.contains(".version") || !text.contains(".target")) {
            throw new DeviceFault("no PTX: it has no .version and .target");
        }
        return kernels;
    }

    private Kernel kernel(String name, String head, String directives, String body) {
        List<Integer> bytes = new ArrayList<>();
        Matcher parameter = PARAMETER.matcher(head);
        while (parameter.find()) {
            parameters.put(parameter.group(3), row(parameter.group(3)));
            bytes.add(Integer.parseInt(parameter.group(2)) / 8);
        }
        if (bytes.size() != head.split("\\.param", -1).length - 1) {
            throw new DeviceFault(name + ": a parameter that is not a number: " + head);
        }
        List<String> statements = statements(body);
        List<Step> steps = new ArrayList<>();
        for (String statement : statements) {
            steps.add(step(name, statement));
        }
        Matcher threads = THREADS.matcher(directives);
        int most = threads.find() ? Integer.parseInt(threads.group(1)) : 1024;
        return new Kernel(
                name,
                bytes,
                Assignments.checked(name, steps, rows),
                rows.size(),
                constants,
                specials,
                sharedBytes,
                localBytes,
                most);
    }

    /** The instructions; declarations and labels are taken down. */
    private List<String> statements(String body) {
        List<String> statements = new ArrayList<>();
        for (String line : body.split(";|(?<=:)\\s*\n")) {
            String statement = line.strip();
            while (statement.startsWith("$") && statement.contains(":")) {
                labels.put(statement.substring(0, statement.indexOf(':')), statements.size());
                statement = statement.substring(statement.indexOf(':') + 1).strip();
            }
            Matcher array = ARRAY.matcher(statement);
            if (array.matches()) {
                declare(array);
            } else if (!statement.isEmpty() && !statement.startsWith(".reg") && !statement.startsWith(".pragma")) {
                statements.add(statement);
            }
        }
        return statements;
    }

    private void declare(Matcher array) {
        int align = Integer.parseInt(array.group(2));
        int size = Integer.parseInt(array.group(4));
        if (array.group(1).equals("shared")) {
            sharedBytes = (sharedBytes + align - 1) / align * align;
            symbols.put(array.group(3), BlockRun.SHARED + sharedBytes);
            sharedBytes += size;
        } else {
            localBytes = (localBytes + align - 1) / align * align;
            symbols.put(array.group(3), BlockRun.LOCAL + localBytes);
            localBytes += size;
        }
    }

    private Step step(String kernel, String statement) {
        Matcher parts = INSTRUCTION.matcher(statement);
        if (!parts.matches()) {
            throw new DeviceFault(kernel + ": no instruction: " + statement);
        }
        int guard = parts.group(2) == null ? -1 : row(parts.group(2));
        boolean negated = "!".equals(parts.group(1));
        String opcode = parts.group(3);
        String[] operands = operands(parts.group(4));
        String text = statement.replaceAll("\\s+", " ");
        return switch (opcode) {
            case "bra", "bra.uni" ->
                new Step(Step.Kind.BRANCH, guard, negated, labels.get(operands[0]), Operations.NOTHING, text);
            case "ret", "exit" -> new Step(Step.Kind.EXIT, guard, negated, -1, Operations.NOTHING, text);
            case "bar.sync", "barrier.sync" -> {
                if (operands.length != 1 || !operands[0].equals("0")) {
                    throw new DeviceFault(kernel + ": a barrier of a part of the block is not interpreted: " + text);
                }
                yield new Step(Step.Kind.BARRIER, guard, negated, -1, Operations.NOTHING, text);
            }
            default -> new Step(Step.Kind.PLAIN, guard, negated, -1, effect(kernel, opcode, operands, text), text);
        };
    }

    private Step.Effect effect(String kernel, String opcode, String[] operands, String text) {
        String[] words = opcode.split("\\.");
        try {
            if (words[0].equals("ld") && words[1].equals("param")) {
                return Operations.copy(row(operands[0]), parameter(operands[1]));
            }
            if (words[0].equals("ld") || words[0].equals("st")) {
                return access(words, operands);
            }
            if (words[0].equals("shfl")) {
                String[] results = operands[0].split("\\|");
                return Operations.shuffle(
                        words[2],
                        row(results[0]),
                        results.length > 1 ? row(results[1]) : -1,
                        Arrays.stream(operands, 1, 5).mapToInt(this::row).toArray());
            }
            if (opcode.matches("mma\\.sync\\.aligned\\.(m16n8k16\\.row\\.col\\.f32\\.bf16\\.bf16|"
                    + "m16n8k8\\.row\\.col\\.f32\\.tf32\\.tf32)\\.f32")) {
                return Matrices.multiply(
                        opcode.contains("bf16"),
                        vector(operands[0]),
                        vector(operands[1]),
                        vector(operands[2]),
                        vector(operands[3]));
            }
            if (opcode.matches("ldmatrix\\.sync\\.aligned\\.m8n8\\.x[124](\\.trans)?\\.shared\\.b16")) {
                int address = row(operands[1].substring(1, operands[1].length() - 1));
                return Matrices.load(vector(operands[0]), address, opcode.contains("trans"));
            }
            if (opcode.equals("vote.sync.ballot.b32")) {
                return Operations.ballot(row(operands[0]), row(operands[1]), row(operands[2]));
            }
            if (opcode.equals("bar.warp.sync")) {
                return (warp, lanes) -> Matrices.requireAll(lanes);
            }
            if (opcode.equals("mov.b64") && operands[0].startsWith("{")) {
                return Operations.split(vector(operands[0]), row(operands[1]));
            }
            if (opcode.equals("mov.b64") && operands[1].startsWith("{")) {
                return Operations.join(row(operands[0]), vector(operands[1]));
            }
            int[] read = Arrays.stream(operands, 1, operands.length)
                    .mapToInt(this::row)
                    .toArray();
            return Operations.of(words, row(operands[0]), read);
        } catch (DeviceFault e) {
            throw new DeviceFault(kernel + ": " + text + ": " + e.getMessage(), e);
        }
    }

    private int[] vector(String operand) {
        return Arrays.stream(operand.replaceAll("[{}]", "").split(","))
                .mapToInt(value -> row(value.strip()))
                .toArray();
    }

    private int parameter(String operand) {
        Integer row = parameters.get(operand.substring(1, operand.length() - 1));
        if (row == null) {
            throw new DeviceFault("a part of a parameter is not interpreted");
        }
        return row;
    }

    /** {@code ld.global.nc.v2.f32 {%f1, %f2}, [%rd1+8]}. */
    private Step.Effect access(String[] words, String[] operands) {
        boolean load = words[0].equals("ld");
        String address = load ? operands[1] : operands[0];
        String values = load ? operands[0] : operands[1];
        int[] registers = vector(values);
        String inside = address.substring(1, address.length() - 1);
        int plus = inside.indexOf('+');
        int base = row(plus < 0 ? inside : inside.substring(0, plus));
        long offset = plus < 0 ? 0 : Long.parseLong(inside.substring(plus + 1));
        String type = words[words.length - 1];
        return load
                ? Operations.load(words[1], words[2].equals("nc"), type, registers, base, offset)
                : Operations.store(words[1], type, registers, base, offset);
    }

    private static String[] operands(String text) {
        List<String> operands = new ArrayList<>();
        int depth = 0;
        int from = 0;
        for (int i = 0; i <= text.length(); i++) {
            char c = i == text.length() ? ',' : text.charAt(i);
            depth += c == '{' || c == '[' ? 1 : c == '}' || c == ']' ? -1 : 0;
            if (c == ',' && depth == 0 && i > from) {
                operands.add(text.substring(from, i).strip());
                from = i + 1;
            }
        }
        return operands.toArray(String[]::new);
    }

    /** The row of a register, or of a number or address that is the same for all. */
    private int row(String operand) {
        Integer known = rows.get(operand);
        if (known != null) {
            return known;
        }
        int row = rows.size();
        rows.put(operand, row);
        if (operand.matches("%(tid|ntid|ctaid|nctaid)\\.[xyz]|%laneid")) {
            specials.add(new Kernel.Special(row, operand));
        } else if (symbols.containsKey(operand)) {
            constants.add(new Kernel.Constant(row, symbols.get(operand)));
        } else if (operand.startsWith("0f")) {
            constants.add(new Kernel.Constant(row, Long.parseLong(operand.substring(2), 16)));
        } else if (operand.startsWith("0d")) {
            constants.add(new Kernel.Constant(row, Long.parseUnsignedLong(operand.substring(2), 16)));
        } else if (operand.matches("-?(0x[0-9A-Fa-f]+|\\d+)U?")) {
            String digits = operand.replace("U", "");
            constants.add(new Kernel.Constant(
                    row,
                    digits.startsWith("0x")
                            ? Long.parseUnsignedLong(digits.substring(2), 16)
                            : Long.parseLong(digits)));
        } else if (!operand.startsWith("%") && !parametersContain(operand)) {
            throw new DeviceFault("operand " + operand + " is not interpreted");
        }
        return row;
    }

    private boolean parametersContain(String operand) {
        return operand.contains("_param_");
    }
}
