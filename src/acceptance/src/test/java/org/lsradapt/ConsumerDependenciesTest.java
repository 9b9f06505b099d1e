package org.lsradapt;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.eclipse.aether.RepositorySystem;
import org.eclipse.aether.RepositorySystemSession.CloseableSession;
import org.eclipse.aether.artifact.Artifact;
import org.eclipse.aether.artifact.DefaultArtifact;
import org.eclipse.aether.collection.CollectRequest;
import org.eclipse.aether.graph.Dependency;
import org.eclipse.aether.repository.LocalRepository;
import org.eclipse.aether.repository.WorkspaceReader;
import org.eclipse.aether.repository.WorkspaceRepository;
import org.eclipse.aether.spi.connector.transport.TransporterFactory;
import org.eclipse.aether.supplier.RepositorySystemSupplier;
import org.eclipse.aether.supplier.SessionBuilderSupplier;
import org.eclipse.aether.util.graph.visitor.PreorderDependencyNodeConsumerVisitor;
import org.junit.jupiter.api.Test;

/** What Maven gives to a project that depends on this one, resolved from pom.xml and the poms that this build used. */
class ConsumerDependenciesTest {

    private static final Dependency LIBRARY = dependency("org.lsradapt:lsr-adapt-core:check");
    private static final Dependency BACKEND = dependency("org.nd4j:nd4j-native:1.0.0-M2.1");

    @Test
    void libraryAlone_bringsWhatThePageLists() throws Exception {
        String page = Files.readString(Path.of("docs/reference/security.md"));
        List<String> listed = Pattern.compile("(?m)^- `([^`:]+:[^`:]+:[^`:]+)`")
                .matcher(page)
                .results()
                .map(row -> row.group(1))
                .sorted()
                .toList();
        assertEquals(String.join("\n", listed), String.join("\n", resolved(List.of(LIBRARY))));
    }

    /** The backend depends on nd4j-api, too, without our exclusions. */
    @Test
    void libraryBeforeABackend_bringsBackNothingThatIsLeftOut() throws Exception {
        List<String> alone = resolved(List.of(LIBRARY));
        List<String> more = new ArrayList<>(resolved(List.of(LIBRARY, BACKEND)));
        assertTrue(more.containsAll(alone), more::toString);
        more.removeAll(alone);
        assertEquals(
                List.of(),
                more.stream()
                        .filter(found -> !found.matches("org\\.(nd4j|bytedeco):.*"))
                        .toList());
    }

    private static Dependency dependency(String coordinates) {
        return new Dependency(new DefaultArtifact(coordinates), "compile");
    }

    private static List<String> resolved(List<Dependency> dependencies) throws Exception {
        List<String> found = new ArrayList<>();
        try (RepositorySystem system = new OfflineSystem().get();
                CloseableSession session = new SessionBuilderSupplier(system)
                        .get()
                        .setOffline(true)
                        .setSystemProperties(System.getProperties())
                        .setWorkspaceReader(new ThisPom())
                        .withLocalRepositories(new LocalRepository(localRepository(), "simple"))
                        .build()) {
            system.collectDependencies(session, new CollectRequest(dependencies, List.of(), List.of()))
                    .getRoot()
                    .accept(new PreorderDependencyNodeConsumerVisitor(node -> {
                        if (node.getArtifact() != null) {
                            found.add(node.getArtifact().getGroupId() + ":"
                                    + node.getArtifact().getArtifactId() + ":"
                                    + node.getArtifact().getVersion());
                        }
                    }));
        }
        assertTrue(found.remove("org.lsradapt:lsr-adapt-core:check"), found::toString);
        return found.stream().sorted().distinct().toList();
    }

    /** As Surefire tells it. */
    private static Path localRepository() {
        String path = System.getProperty("localRepository");
        return path == null ? Path.of(System.getProperty("user.home"), ".m2", "repository") : Path.of(path);
    }

    private static final class OfflineSystem extends RepositorySystemSupplier {
        @Override
        protected Map<String, TransporterFactory> createTransporterFactories() {
            return Map.of();
        }
    }

    /** Finds the poms of this build. */
    private static final class ThisPom implements WorkspaceReader {
        private final WorkspaceRepository repository = new WorkspaceRepository();

        @Override
        public WorkspaceRepository getRepository() {
            return repository;
        }

        @Override
        public File findArtifact(Artifact artifact) {
            if (!artifact.getGroupId().equals("org.lsradapt")) {
                return null;
            }
            return artifact.getArtifactId().equals("lsr-adapt-parent")
                    ? new File("pom.xml")
                    : new File("src/" + artifact.getArtifactId().replace("lsr-adapt-", "") + "/pom.xml");
        }

        @Override
        public List<String> findVersions(Artifact artifact) {
            return Stream.of(artifact.getVersion()).toList();
        }
    }
}
