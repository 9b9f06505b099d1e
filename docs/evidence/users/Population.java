import java.util.List;

/** The users that are compared, by what they need. */
interface Population {
    /** A method for the users of a seed: at each of its rates in stage {@code search}, at the best in {@code test}. */
    record Cell(String stage, String need, int rows, long seed, Method method, int users) {}

    List<String> needs();

    /** The numbers of rows that a user has. */
    List<Integer> rows();

    List<Method> methods(String need);

    List<String> labels(String need);

    /** The cells in their order: those that decide come first. */
    List<Cell> cells();

    /** The need and the number of rows whose search decides the rates of a need. */
    Cell search(String need, Method method);

    List<Rows.User> users(String need, long seed, int count);

    /** The rows of others, which train the shared model. */
    Rows everybody(String need);
}
