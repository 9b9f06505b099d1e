import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** The file users.csv, a line per cell, rate and user: numbers, measure before and after, error before and after. */
final class Results {
    private static final String HEADER =
            "stage,need,rows,seed,method,rate,user,numbers,before,after,error_before,error_after\n";

    private final Path table;
    private final Population population;
    private final Map<String, List<double[]>> done = new LinkedHashMap<>();

    Results(Path table, Population population) throws IOException {
        this.table = table;
        this.population = population;
        if (!Files.exists(table)) {
            Files.writeString(table, HEADER);
        }
        for (String line : Files.readAllLines(table)) {
            String[] fields = line.split(",");
            if (!fields[0].equals("stage")) {
                done.computeIfAbsent(String.join(",", Arrays.copyOf(fields, 6)), any -> new ArrayList<>())
                        .add(Arrays.stream(fields).skip(7).mapToDouble(Double::parseDouble).toArray());
            }
        }
    }

    static String key(Population.Cell cell, double rate) {
        return String.join(
                ",",
                cell.stage(),
                cell.need(),
                String.valueOf(cell.rows()),
                String.valueOf(cell.seed()),
                cell.method().name(),
                String.valueOf(rate));
    }

    boolean has(String key) {
        return done.containsKey(key);
    }

    void add(String key, List<double[]> lines) throws IOException {
        StringBuilder text = new StringBuilder();
        for (int user = 0; user < lines.size(); user++) {
            double[] line = lines.get(user);
            text.append(String.format(Locale.ROOT, "%s,%d,%.0f", key, user, line[0]));
            Arrays.stream(line).skip(1).forEach(each -> text.append(String.format(Locale.ROOT, ",%.4f", each)));
            text.append("\n");
        }
        Files.writeString(table, text, StandardOpenOption.APPEND);
        done.put(key, lines);
    }

    double best(String need, Method method) {
        Population.Cell search = population.search(need, method);
        return method.rates().stream()
                .max(Comparator.comparingDouble(rate -> done.get(key(search, rate)).stream()
                        .mapToDouble(line -> line[2])
                        .sum()))
                .orElseThrow();
    }

    void print() {
        System.out.println("\n| need | rows | method | rate | numbers | users | shared | own | gain | lose | less error |");
        System.out.println("|---|---:|---|---:|---:|---:|---:|---:|---:|---:|---:|");
        for (String need : population.needs()) {
            for (int rows : population.rows()) {
                for (Method method : population.methods(need)) {
                    List<double[]> all = done.entrySet().stream()
                            .filter(one -> one.getKey().startsWith("test," + need + "," + rows + ",")
                                    && one.getKey().contains("," + method.name() + ","))
                            .flatMap(one -> one.getValue().stream())
                            .toList();
                    if (!all.isEmpty()) {
                        print(need, rows, method, all);
                    }
                }
            }
        }
    }

    private void print(String need, int rows, Method method, List<double[]> all) {
        System.out.printf(
                Locale.ROOT,
                "| %s | %d | %s | %s | %.0f | %d | %.3f | %.3f | %s | %d | %s |%n",
                need,
                rows,
                method.name(),
                best(need, method),
                all.get(0)[0],
                all.size(),
                mean(all, 1),
                mean(all, 2),
                interval(all.stream().mapToDouble(line -> line[2] - line[1]).toArray()),
                all.stream().filter(line -> line[2] < line[1]).count(),
                all.get(0).length > 3
                        ? interval(all.stream().mapToDouble(line -> line[3] - line[4]).toArray())
                        : "");
    }

    static double mean(List<double[]> lines, int column) {
        return lines.stream().mapToDouble(line -> line[column]).average().orElseThrow();
    }

    private static String interval(double[] numbers) {
        double mean = Arrays.stream(numbers).average().orElseThrow();
        double square =
                Arrays.stream(numbers).map(one -> (one - mean) * (one - mean)).sum();
        return String.format(
                Locale.ROOT, "%+.3f ± %.3f", mean, 1.96 * Math.sqrt(square / (numbers.length - 1) / numbers.length));
    }
}
