package org.lsradapt;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.eclipse.aether.DefaultRepositoryCache;
import org.eclipse.aether.RepositorySystem;
import org.eclipse.aether.RepositorySystemSession;
import org.eclipse.aether.artifact.Artifact;
import org.eclipse.aether.artifact.DefaultArtifact;
import org.eclipse.aether.collection.CollectRequest;
import org.eclipse.aether.graph.Dependency;
import org.eclipse.aether.repository.LocalRepository;
import org.eclipse.aether.repository.WorkspaceReader;
import org.eclipse.aether.repository.WorkspaceRepository;
import org.eclipse.aether.resolution.ArtifactDescriptorRequest;
import org.eclipse.aether.spi.connector.transport.TransporterFactory;
import org.eclipse.aether.supplier.RepositorySystemSupplier;
import org.eclipse.aether.supplier.SessionBuilderSupplier;
import org.eclipse.aether.util.graph.visitor.PreorderDependencyNodeConsumerVisitor;

/** What Maven resolves for a project that depends on this one, from pom.xml and the poms and jars that this build used. */
final class ConsumerTree {
    static final String GROUP = "org.lsradapt:";

    private static final Map<String, List<Path>> CLASS_PATHS = new ConcurrentHashMap<>();

    private ConsumerTree() {}

    static Dependency dependency(String coordinates) {
        return new Dependency(new DefaultArtifact(coordinates), "compile");
    }

    /** The class path of a project's own dependencies. */
    static List<Path> classPath(List<Dependency> dependencies) throws Exception {
        String key = dependencies.toString();
        List<Path> known = CLASS_PATHS.get(key);
        if (known != null) {
            return known;
        }
        List<Path> path = new ArrayList<>();
        for (String one : resolved(dependencies)) {
            path.addAll(files(one));
        }
        CLASS_PATHS.put(key, path);
        return path;
    }

    private static List<Path> files(String coordinates) throws IOException {
        if (coordinates.startsWith(GROUP)) {
            Path classes =
                    ThisPom.file(coordinates.substring(GROUP.length())).toPath().resolveSibling("target/classes");
            return Files.isDirectory(classes) ? List.of(classes.toAbsolutePath()) : List.of();
        }
        return jar(coordinates, "");
    }

    private static List<Path> jar(String coordinates, String classifier) throws IOException {
        String[] parts = coordinates.split(":");
        Path artifact = localRepository().resolve(parts[0].replace('.', '/')).resolve(parts[1]);
        if (!Files.isDirectory(artifact)) {
            return List.of();
        }
        // Where this build chose another version, the tree's own is not there.
        try (Stream<Path> all = Files.walk(artifact)) {
            return all.filter(file -> file.getFileName().toString().matches(".*\\.jar"))
                    .filter(file -> file.getFileName()
                            .toString()
                            .equals(parts[1] + "-" + file.getParent().getFileName() + classifier + ".jar"))
                    .sorted((a, b) -> Boolean.compare(
                            b.getParent().endsWith(parts[2]), a.getParent().endsWith(parts[2])))
                    .limit(1)
                    .toList();
        }
    }

    /** Group, name and version of all that comes along; of modules of this build without the version. */
    static List<String> resolved(List<Dependency> dependencies) throws Exception {
        return artifacts(dependencies).stream()
                .map(ConsumerTree::coordinates)
                .sorted()
                .distinct()
                .toList();
    }

    /** How many bytes the jars of others have that come along. */
    static long bytes(List<Dependency> dependencies) throws Exception {
        Set<Path> jars = new LinkedHashSet<>();
        for (Artifact artifact : artifacts(dependencies)) {
            String coordinates = coordinates(artifact);
            if (!coordinates.startsWith(GROUP)) {
                String classifier = artifact.getClassifier().isEmpty() ? "" : "-" + artifact.getClassifier();
                jars.addAll(jar(coordinates, classifier));
            }
        }
        long bytes = 0;
        for (Path jar : jars) {
            bytes += Files.size(jar);
        }
        return bytes;
    }

    /** Returns the dependencies that an artifact of this build manages for a project that imports it. */
    static List<Dependency> managed(String artifact) throws Exception {
        return Session.SYSTEM
                .readArtifactDescriptor(
                        Session.SESSION,
                        new ArtifactDescriptorRequest(
                                new DefaultArtifact(GROUP + artifact + ":pom:check"), List.of(), null))
                .getManagedDependencies();
    }

    private static String coordinates(Artifact artifact) {
        String name = artifact.getGroupId() + ":" + artifact.getArtifactId();
        return name.startsWith(GROUP) ? name : name + ":" + artifact.getVersion();
    }

    private static List<Artifact> artifacts(List<Dependency> dependencies) throws Exception {
        List<Artifact> found = new ArrayList<>();
        Session.SYSTEM
                .collectDependencies(Session.SESSION, new CollectRequest(dependencies, List.of(), List.of()))
                .getRoot()
                .accept(new PreorderDependencyNodeConsumerVisitor(node -> {
                    if (node.getArtifact() != null) {
                        found.add(node.getArtifact());
                    }
                }));
        return found;
    }

    /** One for all, which reads each pom once. */
    private static final class Session {
        static final RepositorySystem SYSTEM = new OfflineSystem().get();
        static final RepositorySystemSession SESSION = new SessionBuilderSupplier(SYSTEM)
                .get()
                .setOffline(true)
                .setSystemProperties(System.getProperties())
                .setCache(new DefaultRepositoryCache())
                .setWorkspaceReader(new ThisPom())
                .withLocalRepositories(new LocalRepository(localRepository(), "simple"))
                .build();
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
            return file(artifact.getArtifactId());
        }

        static File file(String artifact) {
            return new File(
                    switch (artifact) {
                        case "lsr-adapt-parent" -> "pom.xml";
                        case "lsr-adapt" -> "src/starter/pom.xml";
                        // As it is published: without the parent.
                        case "lsr-adapt-bom" -> "src/bom/target/lsr-adapt-bom.pom";
                        default -> "src/" + artifact.replace("lsr-adapt-", "") + "/pom.xml";
                    });
        }

        @Override
        public List<String> findVersions(Artifact artifact) {
            return Stream.of(artifact.getVersion()).toList();
        }
    }
}
