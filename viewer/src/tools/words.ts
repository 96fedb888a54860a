/** What tools, keys and windows are called. */
import type { Words } from "../language/words";
import type { Command } from "./keyboard";
import type { ToolId } from "./pointer-tool";
import type { PresetName } from "./window-presets";

/** The name of each tool. */
export const TOOL_WORDS: Words<ToolId> = {
  windowing: { en: "Window", de: "Fenster", vi: "Cửa sổ" },
  "region-windowing": { en: "Window by region", de: "Fenster aus Region", vi: "Cửa sổ theo vùng" },
  panning: { en: "Pan", de: "Verschieben", vi: "Di chuyển" },
  zooming: { en: "Zoom", de: "Zoom", vi: "Thu phóng" },
  scrolling: { en: "Scroll", de: "Blättern", vi: "Cuộn" },
  rotating: { en: "Turn", de: "Drehen", vi: "Xoay" },
  magnifying: { en: "Magnifier", de: "Lupe", vi: "Kính lúp" },
  probing: { en: "Probe", de: "Sonde", vi: "Dò giá trị" },
  crosshairs: { en: "Crosshairs", de: "Fadenkreuz", vi: "Chữ thập" },
  length: { en: "Length", de: "Länge", vi: "Chiều dài" },
  bidirectional: { en: "Bidirectional", de: "Zwei Durchmesser", vi: "Hai đường kính" },
  angle: { en: "Angle", de: "Winkel", vi: "Góc" },
  cobb: { en: "Cobb angle", de: "Cobb-Winkel", vi: "Góc Cobb" },
  ellipse: { en: "Ellipse", de: "Ellipse", vi: "Elip" },
  rectangle: { en: "Rectangle", de: "Rechteck", vi: "Chữ nhật" },
  freehand: { en: "Freehand", de: "Freihand", vi: "Vẽ tay" },
  point: { en: "Point", de: "Punkt", vi: "Điểm" },
  arrow: { en: "Arrow", de: "Pfeil", vi: "Mũi tên" },
  brush: { en: "Brush", de: "Pinsel", vi: "Cọ vẽ" },
  eraser: { en: "Eraser", de: "Radierer", vi: "Tẩy" },
  "threshold-brush": { en: "Brush in range", de: "Pinsel im Wertebereich", vi: "Cọ vẽ theo ngưỡng" },
  growing: { en: "Grow", de: "Wachsen", vi: "Lan vùng" },
};

/** What each tool does. */
export const HINT_WORDS: Words<ToolId> = {
  windowing: {
    en: "Drag changes brightness and contrast.",
    de: "Ziehen ändert Helligkeit und Kontrast.",
    vi: "Kéo để đổi độ sáng và tương phản.",
  },
  "region-windowing": {
    en: "Drag marks a region; its values become the window.",
    de: "Ziehen markiert eine Region; ihre Werte werden das Fenster.",
    vi: "Kéo để đánh dấu một vùng; giá trị của vùng thành cửa sổ.",
  },
  panning: { en: "Drag moves the picture.", de: "Ziehen verschiebt das Bild.", vi: "Kéo để di chuyển ảnh." },
  zooming: {
    en: "Drag up or down changes the size of the picture.",
    de: "Ziehen nach oben oder unten ändert die Größe des Bildes.",
    vi: "Kéo lên hoặc xuống để đổi cỡ ảnh.",
  },
  scrolling: {
    en: "Drag up or down moves through the series.",
    de: "Ziehen nach oben oder unten blättert durch die Serie.",
    vi: "Kéo lên hoặc xuống để đi qua loạt ảnh.",
  },
  rotating: {
    en: "Drag turns the picture in its plane.",
    de: "Ziehen dreht das Bild in seiner Ebene.",
    vi: "Kéo để xoay ảnh trong mặt phẳng của nó.",
  },
  magnifying: {
    en: "Hold shows the place under the pointer larger.",
    de: "Halten zeigt die Stelle unter dem Zeiger größer.",
    vi: "Giữ để phóng to chỗ dưới con trỏ.",
  },
  probing: {
    en: "Hold shows the value under the pointer.",
    de: "Halten zeigt den Wert unter dem Zeiger.",
    vi: "Giữ để xem giá trị dưới con trỏ.",
  },
  crosshairs: {
    en: "Drag moves, turns and thickens the planes of a volume through each other.",
    de: "Ziehen verschiebt, dreht und verdickt die Ebenen eines Volumens.",
    vi: "Kéo để di chuyển, xoay và làm dày các mặt phẳng của khối.",
  },
  length: {
    en: "Drag measures a distance in millimetres where the object gives a spacing.",
    de: "Ziehen misst eine Strecke in Millimetern, wenn das Objekt einen Abstand angibt.",
    vi: "Kéo để đo khoảng cách bằng milimét nếu ảnh có khoảng cách điểm.",
  },
  bidirectional: {
    en: "Drag measures the longest and the shortest diameter.",
    de: "Ziehen misst den längsten und den kürzesten Durchmesser.",
    vi: "Kéo để đo đường kính dài nhất và ngắn nhất.",
  },
  angle: {
    en: "Three points measure an angle in degrees.",
    de: "Drei Punkte messen einen Winkel in Grad.",
    vi: "Ba điểm đo một góc theo độ.",
  },
  cobb: {
    en: "Two lines measure the Cobb angle between them.",
    de: "Zwei Linien messen den Cobb-Winkel zwischen ihnen.",
    vi: "Hai đường thẳng đo góc Cobb giữa chúng.",
  },
  ellipse: {
    en: "Drag marks an ellipse and shows mean and standard deviation inside.",
    de: "Ziehen markiert eine Ellipse und zeigt Mittelwert und Standardabweichung darin.",
    vi: "Kéo để đánh dấu một elip và xem trung bình, độ lệch chuẩn bên trong.",
  },
  rectangle: {
    en: "Drag marks a rectangle and shows mean and standard deviation inside.",
    de: "Ziehen markiert ein Rechteck und zeigt Mittelwert und Standardabweichung darin.",
    vi: "Kéo để đánh dấu hình chữ nhật và xem trung bình, độ lệch chuẩn bên trong.",
  },
  freehand: {
    en: "Draw a closed line; its area and values are measured.",
    de: "Eine geschlossene Linie zeichnen; Fläche und Werte werden gemessen.",
    vi: "Vẽ một đường kín; diện tích và giá trị được đo.",
  },
  point: {
    en: "Click marks a point and its value.",
    de: "Klicken markiert einen Punkt und seinen Wert.",
    vi: "Bấm để đánh dấu một điểm và giá trị của nó.",
  },
  arrow: {
    en: "Drag sets an arrow with a text.",
    de: "Ziehen setzt einen Pfeil mit Text.",
    vi: "Kéo để đặt mũi tên kèm chữ.",
  },
  brush: {
    en: "Drag marks what is under the pointer as the chosen segment.",
    de: "Ziehen markiert, was unter dem Zeiger liegt, als gewähltes Segment.",
    vi: "Kéo để đánh dấu vùng dưới con trỏ thành phân đoạn đã chọn.",
  },
  eraser: {
    en: "Drag takes marks of segments away.",
    de: "Ziehen entfernt Markierungen von Segmenten.",
    vi: "Kéo để xóa dấu của phân đoạn.",
  },
  "threshold-brush": {
    en: "Drag marks only what has values in the range.",
    de: "Ziehen markiert nur, was Werte im Bereich hat.",
    vi: "Kéo chỉ đánh dấu những điểm có giá trị trong khoảng.",
  },
  growing: {
    en: "Click marks what hangs together with the place and has values in the range.",
    de: "Klicken markiert, was mit der Stelle zusammenhängt und Werte im Bereich hat.",
    vi: "Bấm để đánh dấu vùng liền với điểm có giá trị trong khoảng.",
  },
};

/** What each key asks for. */
export const COMMAND_WORDS: Words<Command> = {
  next: { en: "Next image", de: "Nächstes Bild", vi: "Ảnh tiếp theo" },
  previous: { en: "Previous image", de: "Voriges Bild", vi: "Ảnh trước" },
  "next-10": { en: "Ten images on", de: "Zehn Bilder weiter", vi: "Tới mười ảnh" },
  "previous-10": { en: "Ten images back", de: "Zehn Bilder zurück", vi: "Lùi mười ảnh" },
  first: { en: "First image", de: "Erstes Bild", vi: "Ảnh đầu" },
  last: { en: "Last image", de: "Letztes Bild", vi: "Ảnh cuối" },
  cine: { en: "Play or pause", de: "Abspielen oder anhalten", vi: "Phát hoặc dừng" },
  "zoom-in": { en: "Larger", de: "Größer", vi: "Lớn hơn" },
  "zoom-out": { en: "Smaller", de: "Kleiner", vi: "Nhỏ hơn" },
  rotate: { en: "Turn a quarter", de: "Viertel drehen", vi: "Xoay 90°" },
  "rotate-back": { en: "Turn a quarter back", de: "Viertel zurückdrehen", vi: "Xoay ngược 90°" },
  "flip-horizontal": { en: "Flip left and right", de: "Links und rechts tauschen", vi: "Lật trái phải" },
  "flip-vertical": { en: "Flip top and bottom", de: "Oben und unten tauschen", vi: "Lật trên dưới" },
  invert: { en: "Invert", de: "Invertieren", vi: "Đảo màu" },
  reset: { en: "Reset the view", de: "Ansicht zurücksetzen", vi: "Đặt lại" },
  "delete-measurement": {
    en: "Remove the chosen measurement",
    de: "Gewählte Messung entfernen",
    vi: "Xóa phép đo đã chọn",
  },
  grid: { en: "Grid", de: "Raster", vi: "Lưới" },
  maximise: { en: "Fill the grid, and back", de: "Ganzes Raster, und zurück", vi: "Phóng toàn lưới và trở lại" },
  leave: { en: "Back to the grid", de: "Zurück zum Raster", vi: "Trở lại lưới" },
  "cell-right": { en: "Cell to the right", de: "Zelle rechts", vi: "Ô bên phải" },
  "cell-left": { en: "Cell to the left", de: "Zelle links", vi: "Ô bên trái" },
  "cell-down": { en: "Cell below", de: "Zelle darunter", vi: "Ô bên dưới" },
  "cell-up": { en: "Cell above", de: "Zelle darüber", vi: "Ô bên trên" },
  "empty-cell": { en: "Empty the cell", de: "Zelle leeren", vi: "Làm trống ô" },
  "fill-grid": { en: "Fill empty cells", de: "Leere Zellen füllen", vi: "Điền các ô trống" },
  "next-series": { en: "Next series", de: "Nächste Serie", vi: "Loạt sau" },
  "previous-series": { en: "Previous series", de: "Vorige Serie", vi: "Loạt trước" },
  stack: { en: "Images as acquired", de: "Bilder wie aufgenommen", vi: "Ảnh như khi chụp" },
  axial: { en: "Axial plane", de: "Axiale Ebene", vi: "Mặt phẳng ngang" },
  coronal: { en: "Coronal plane", de: "Koronale Ebene", vi: "Mặt phẳng đứng ngang" },
  sagittal: { en: "Sagittal plane", de: "Sagittale Ebene", vi: "Mặt phẳng đứng dọc" },
  multiplanar: { en: "Three planes and solid", de: "Drei Ebenen und Körper", vi: "Ba mặt phẳng và khối" },
  solid: { en: "Volume rendering", de: "Volumendarstellung", vi: "Dựng khối 3D" },
  fusion: { en: "Lay another series over it", de: "Andere Serie überlagern", vi: "Chồng loạt khác" },
  projection: {
    en: "Slab: MIP, MinIP, average, none",
    de: "Schicht: MIP, MinIP, Mittel, keine",
    vi: "Lát dày: MIP, MinIP, trung bình, không",
  },
  thinner: { en: "Thinner slab", de: "Dünnere Schicht", vi: "Lát mỏng hơn" },
  thicker: { en: "Thicker slab", de: "Dickere Schicht", vi: "Lát dày hơn" },
  "link-scroll": { en: "Scroll together", de: "Gemeinsam blättern", vi: "Cuộn cùng nhau" },
  "link-window": { en: "Window together", de: "Gemeinsam fenstern", vi: "Cửa sổ cùng nhau" },
  "link-zoom": { en: "Zoom and pan together", de: "Gemeinsam zoomen", vi: "Thu phóng cùng nhau" },
  "reference-lines": { en: "Reference lines", de: "Schnittlinien", vi: "Đường tham chiếu" },
  overlays: { en: "All text on the picture", de: "Alle Texte im Bild", vi: "Mọi chữ trên ảnh" },
  patient: { en: "Patient on the picture", de: "Patient im Bild", vi: "Bệnh nhân trên ảnh" },
  provenance: { en: "How it was made", de: "Wie es entstand", vi: "Ảnh được tạo thế nào" },
  help: { en: "Keys and mouse", de: "Tasten und Maus", vi: "Phím và chuột" },
};

/** Windows that readers know by name. */
export const PRESET_WORDS: Words<PresetName> = {
  stored: { en: "As stored", de: "Wie gespeichert", vi: "Như đã lưu" },
  full: { en: "Full range", de: "Ganzer Bereich", vi: "Toàn dải" },
  Abdomen: { en: "Abdomen", de: "Abdomen", vi: "Bụng" },
  Lung: { en: "Lung", de: "Lunge", vi: "Phổi" },
  Bone: { en: "Bone", de: "Knochen", vi: "Xương" },
  Brain: { en: "Brain", de: "Gehirn", vi: "Não" },
  Mediastinum: { en: "Mediastinum", de: "Mediastinum", vi: "Trung thất" },
  Liver: { en: "Liver", de: "Leber", vi: "Gan" },
  Angiography: { en: "Angiography", de: "Angiografie", vi: "Mạch máu" },
  Stroke: { en: "Stroke", de: "Schlaganfall", vi: "Đột quỵ" },
  Subdural: { en: "Subdural", de: "Subdural", vi: "Dưới màng cứng" },
  "Temporal bone": { en: "Temporal bone", de: "Felsenbein", vi: "Xương thái dương" },
  "Spine soft": { en: "Spine, soft tissue", de: "Wirbelsäule, Weichteile", vi: "Cột sống, mô mềm" },
  "Soft tissue": { en: "Soft tissue", de: "Weichteile", vi: "Mô mềm" },
  "SUV 5": { en: "SUV 0 to 5", de: "SUV 0 bis 5", vi: "SUV 0 đến 5" },
  "SUV 10": { en: "SUV 0 to 10", de: "SUV 0 bis 10", vi: "SUV 0 đến 10" },
  "SUV 20": { en: "SUV 0 to 20", de: "SUV 0 bis 20", vi: "SUV 0 đến 20" },
};
