/// This program's own version.
public enum Release {
    public static let version = "0.2.0-dev"
}
