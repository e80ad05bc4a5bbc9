internal import Foundation
internal import Images
internal import LayerStore
internal import Processes

/// What to say where a layer was asked for, and there is an image.
public enum ImageHint {
    /// How the images at a path are imported, or the one in a registry that a name may mean; nil where there is nothing to say.
    public static func text(for source: String) -> String? {
        let path = URL(filePath: source).standardizedFileURL.path
        do throws(LocatedError) {
            if let image = try LocalImages.references(at: path).first {
                return "it holds an image; \(image.transport.rawValue):\(source) takes its layers"
            }
        } catch {
            return error.what + (error.remedy.map { "; \($0)" } ?? "")
        }
        guard !FileManager.default.fileExists(atPath: path), isName(source) else { return nil }
        return "if it is an image of a registry, name it docker://\(source)"
    }

    /// Adds the hint to an error about a source.
    public static func completingErrors<Result>(about source: String, _ body: () throws -> Result) throws -> Result {
        do {
            return try body()
        } catch let error as LayerStoreError {
            guard error.kind == .input, let hint = text(for: source) else { throw error }
            throw LayerStoreError(.input, "\(error.message); \(hint)")
        }
    }

    /// `NAME:TAG` or `HOST/NAME`, and no path of a file.
    private static func isName(_ text: String) -> Bool {
        guard !text.hasPrefix("/"), !text.hasPrefix("."), !text.contains(".tar"), !text.contains("://") else {
            return false
        }
        let last = text.split(separator: "/").last ?? ""
        return last.contains(":") && !last.hasPrefix(":") && !last.hasSuffix(":")
    }
}
